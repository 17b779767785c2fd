package conformance_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// grpcurl calls every endpoint over gRPC by grpcurl, which learns of them by reflection.
func grpcurl(t *testing.T, g given) []string {
	const service = "inference.GRPCInferenceService/"
	program := installed(t, "grpcurl")
	user := base64.StdEncoding.EncodeToString([]byte(g.User))
	raw := base64.StdEncoding.EncodeToString(append([]byte{byte(len(g.User)), 0, 0, 0}, g.User...))
	request := fmt.Sprintf(`"model_name":%q,"id":"7","parameters":{"k":{"int64_param":3}},`, g.Model)
	calls := []struct{ endpoint, method, body, answer string }{
		{"ServerLive", service + "ServerLive", `{}`, `"live": true`},
		{"ServerReady", service + "ServerReady", `{}`, `"ready": true`},
		{"ModelReady", service + "ModelReady", fmt.Sprintf(`{"name":%q}`, g.Model), `"ready": true`},
		{"ServerMetadata", service + "ServerMetadata", `{}`, `"name": "daybreak"`},
		{"ModelMetadata", service + "ModelMetadata", fmt.Sprintf(`{"name":%q,"version":%q}`, g.Model, g.Version), `"user_id"`},
		{"ModelInfer, contents", service + "ModelInfer", fmt.Sprintf(`{%s"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"contents":{"bytes_contents":[%q]}}]}`, request, user),
			base64.StdEncoding.EncodeToString([]byte(g.Items[0]))},
		{"ModelInfer, raw contents", service + "ModelInfer", fmt.Sprintf(`{%s"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1]}],"raw_input_contents":[%q]}`, request, raw),
			"rawOutputContents"},
		{"RepositoryIndex", service + "RepositoryIndex", `{}`, `"state": "READY"`},
		{"RepositoryModelUnload", service + "RepositoryModelUnload", fmt.Sprintf(`{"model_name":%q}`, g.Model), `"isUnloaded": true`},
		{"RepositoryModelLoad", service + "RepositoryModelLoad", fmt.Sprintf(`{"model_name":%q}`, g.Model), `"isLoaded": true`},
		{"health Check", "grpc.health.v1.Health/Check", `{}`, `"status": "SERVING"`},
	}
	for _, address := range []string{g.Address, g.OwnAddress} {
		require.Contains(t, string(run(t, program, "-plaintext", address, "list")), "inference.GRPCInferenceService")
		for _, c := range calls {
			printed := run(t, program, "-plaintext", "-d", c.body, address, c.method)
			require.Contains(t, string(printed), c.answer, c.endpoint)
		}
	}
	called := []string{"reflection"}
	for _, c := range calls {
		called = append(called, c.endpoint)
	}
	return called
}
