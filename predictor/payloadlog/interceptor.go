package payloadlog

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Interceptor logs the calls of one method, and what is answered: the messages as they are over the wire,
// and an error as {"error": …}.
func (l *Log) Interceptor(method string) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if info.FullMethod != method {
			return handle(ctx, in)
		}
		received, _ := metadata.FromIncomingContext(ctx)
		id := identity(func(name string) string {
			if values := received.Get(name); len(values) > 0 {
				return values[0]
			}
			return ""
		})
		if l.options.Mode != "response" {
			l.addMessage(id, requestType, in)
		}
		out, err := handle(ctx, in)
		switch {
		case l.options.Mode == "request":
		case err != nil:
			failed, _ := json.Marshal(map[string]string{"error": status.Convert(err).Message()}) // of strings, which never fails
			l.add(l.event(id, responseType, "application/json", failed))
		default:
			l.addMessage(id, responseType, out)
		}
		return out, err
	}
}

// addMessage puts the event of a message in the queue, if there is room.
func (l *Log) addMessage(id, kind string, message any) {
	encoded, ok := message.(proto.Message)
	if !ok {
		return
	}
	data, err := proto.Marshal(encoded)
	if err != nil { // a message that can't be encoded can't be sent either
		l.counter.PayloadsDropped(1)
		return
	}
	l.add(l.event(id, kind, fmt.Sprintf("application/protobuf; proto=%s", encoded.ProtoReflect().Descriptor().FullName()), data))
}
