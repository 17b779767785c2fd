// Package http1 answers plain HTTP/1.1 requests with less work than net/http does, and hands every
// connection that says anything else over to it.
//
//	listener ─▶ loop ─▶ connection ─ advance ─▶ plain ──▶ refused? ─▶ worker ─▶ http.Handler ─▶ response ─▶ connection
//	                                    │
//	                                    └─────▶ other ──▶ HTTP2(), or Others(), which an http.Server takes connections from
//
// On Linux a loop looks after thousands of connections with one goroutine. One that waits for its client costs some hundred
// bytes; memory for a request and its answer it has while they are under way. Whole requests are answered by workers, as
// many as there are requests that wait for their handler. Whoever has a connection, loop or worker, owns it: nobody else
// reads, writes or closes it. Who came first is first, but in a crowd, where the loop takes turns between the newest, so
// that some are answered as fast as ever, and the oldest. Elsewhere, and for listeners that aren't TCP's, every connection
// is other.
//
// A plain request is a GET or POST to a path without query, with a body of known length, or none, that
// fits the connection's buffer: what asks for a prediction. Everything else is other: HTTP/1.0 and 2,
// chunked or large bodies, Expect, Upgrade, other methods, and what is malformed. The connection is then
// net/http's, or HTTP/2's, from that request on, with every byte that was read, so that it is answered as if net/http
// had had it from the beginning. What two readers may understand differently, so that one of them
// could smuggle a request past the other, is refused.
//
// The handler sees a plain request as net/http would show it, but for its context, which holds no
// value but when the request arrived, and its response, which is sent when the handler returns and can't
// be flushed or hijacked. The arrival is the kernel's word, so that it counts what a request has waited
// before anybody read it; one that has waited too long is turned away without the handler (Refuse).
package http1
