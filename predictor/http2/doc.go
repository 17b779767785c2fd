// Package http2 answers HTTP/2 requests without TLS, gRPC calls among them, with less work than net/http does.
// Source: RFC 9113. Frames and the compression of header fields are golang.org/x/net/http2's; what a head's fields mean is
// read here.
//
//	net.Conn ─▶ connection.serve ─ a frame at a time ─▶ stream ─▶ worker ─▶ http.Handler ─▶ response ─▶ output
//
// A connection has one goroutine that reads, and workers that answer. A request is given to a worker when it is
// whole, or when nothing more of it has come yet: most are whole then, and their handler needn't wait. What
// workers and the reader have to say gathers in the output, and leaves with as few writes as it can: an answer
// is one, whatever frames it is made of, and takes along what else was to be said, such as that a ping arrived.
//
// The handler sees what net/http would show it, and its response can be flushed, has trailers (declared, or by
// http.TrailerPrefix) and knows deadlines. There is no push, no CONNECT with a protocol, no trailers of requests,
// and no priorities.
package http2
