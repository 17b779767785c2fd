// Package http2 answers HTTP/2 requests without TLS, gRPC calls among them, with less work than net/http does.
// Source: RFC 9113. Frames and the compression of header fields are golang.org/x/net/http2's; what a head's fields mean is
// read here.
//
//	net.Conn ─▶ loop ─▶ connection.advance ─ a frame at a time ─▶ stream ─▶ worker ─▶ http.Handler ─▶ answer ─▶ output
//
// On Linux a loop reads what comes over thousands of connections with one goroutine; elsewhere, and for connections that aren't
// TCP's, each has a goroutine that reads. Neither waits for anything but what comes next: a client that doesn't take what it is
// told isn't heard meanwhile. A request is given to a worker when it is whole, or when nothing more of it has come yet: most are
// whole then, and their handler needn't wait. What workers and the reader have to say gathers in the output, and leaves with as
// few writes as it can: an answer is one, whatever frames it is made of, and takes along what else was to be said, such as that
// a ping arrived.
//
// A gRPC call whose handler finds its body whole (Whole) and answers it at once (Unary) uses memory of one that was answered.
// What repeats is recognised by its bytes: a client sends the same head with each call, as it is compressed, and gets the same
// back. Blocks that refer to the tables alone don't change them, and mean the same as long as no other has come between.
//
// The handler sees what net/http would show it, and its response can be flushed, has trailers (declared, or by
// http.TrailerPrefix) and knows deadlines. There is no push, no CONNECT with a protocol, no trailers of requests,
// and no priorities.
package http2
