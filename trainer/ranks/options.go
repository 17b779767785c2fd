package ranks

import "time"

// version is that of the protocol between ranks.
const version = 3

// Options say how ranks come together.
type Options struct {
	Launch       Launch
	Timeout      time.Duration // for ranks that aren't there to come
	Certificates Certificates
	Agreement    Agreement
}
