package server

import (
	"cmp"
	"os"
	"path/filepath"
)

// environment is the server's: what the mlflow command hands to the process
// that serves, and what keeps it from doing more than serve.
func environment(dir string, options Options) ([]string, error) {
	variables := append(os.Environ(),
		"_MLFLOW_SERVER_FILE_STORE="+options.DatabaseURI,
		"_MLFLOW_SERVER_REGISTRY_STORE="+options.DatabaseURI,
		"_MLFLOW_SERVER_ARTIFACT_ROOT="+cmp.Or(options.ArtifactRoot, "mlflow-artifacts:/"),
		"_MLFLOW_SERVER_ARTIFACT_DESTINATION="+cmp.Or(options.ArtifactDestination, filepath.Join(dir, "artifacts")),
		"_MLFLOW_SERVER_SERVE_ARTIFACTS=true",
		"_MLFLOW_SGI_NAME=uvicorn",
		"MLFLOW_SERVER_ALLOWED_HOSTS=localhost,localhost:*,127.0.0.1,127.0.0.1:*",
		"MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false",
		"MLFLOW_DISABLE_TELEMETRY=true",
		"DO_NOT_TRACK=true",
		"PYTHONUNBUFFERED=1",
	)
	if options.AdminPassword == "" {
		return variables, nil
	}
	settings := filepath.Join(dir, "basic_auth.ini")
	content := "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///" + filepath.Join(dir, "basic_auth.db") + "\nadmin_username = admin\nauth_cache_ttl_seconds = 60\n"
	if err := os.WriteFile(settings, []byte(content), 0o600); err != nil {
		return nil, err
	}
	return append(variables,
		"MLFLOW_AUTH_CONFIG_PATH="+settings,
		"MLFLOW_AUTH_ADMIN_PASSWORD="+options.AdminPassword,
		"MLFLOW_FLASK_SERVER_SECRET_KEY="+options.AdminPassword, // this server has no pages to forge
	), nil
}

// application is the name of the application to serve, if not MLflow's own.
func application(options Options) []string {
	if options.AdminPassword == "" {
		return nil
	}
	return []string{"basic-auth"}
}
