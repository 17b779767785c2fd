package http1

import (
	"bytes"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/daybreak-ml/daybreak/predictor/target"
)

// A verdict says what becomes of a request, by its head.
type verdict int

const (
	incomplete verdict = iota // more has to be read to tell
	plain                     // it is answered here
	other                     // it is net/http's
	refused                   // it is ambiguous, and nobody's
)

const (
	// bufferSize is how many bytes of requests are held unless one needs more.
	bufferSize = 4 << 10
	// maxHead is how long the head of a plain request is at most, in bytes.
	maxHead = 16 << 10
	// maxBody is how long the body of a plain request is at most, in bytes.
	maxBody = 64 << 10
)

// A head is a plain request's line and fields.
type head struct {
	method string
	target string // a path
	host   string
	header http.Header // without Host
	size   int         // bytes, with the empty line that ends it
	length int         // of the body, in bytes
	close  bool        // whether the client asks for the connection to be closed after the answer
}

// begun says whether a head was read whole, so that its body has begun.
func (h head) begun() bool { return h.size > 0 }

// A scan is a head that is being read, perhaps in several pieces.
type scan struct {
	head
	at                      int // where the next line begins
	seen                    int // how much was received when it was last looked at
	other                   bool
	hosts, lengths, codings int      // fields that say so
	values                  []string // of fields
	text                    string   // the head, if it came in one piece
}

// readHead reads the head at the beginning of received, into header, which is empty. source: RFC 9112,
// sections 2 to 7.
func readHead(received []byte, header http.Header) (head, verdict) {
	s := scan{head: head{header: header}}
	found := s.read(received)
	return s.head, found
}

// read reads on in a head of which received is what has come, from the beginning. What was read of it before isn't
// looked at again.
func (s *scan) read(received []byte) verdict {
	fresh := received[s.seen:]
	s.seen = len(received)
	if len(received) <= maxHead && bytes.IndexByte(fresh, '\n') < 0 {
		return incomplete
	}
	text := string(received[s.at:endOfHead(received, s.at)]) // one piece of memory for all that is kept of it
	if s.at == 0 {
		s.text = text
	} else {
		s.text = ""
	}
	for {
		line, found := s.line(&text)
		switch {
		case found != plain:
			return found
		case s.method == "":
			if !s.request(line) {
				return other
			}
		case line == "":
			s.size = s.at
			return s.verdict()
		case line[0] == ' ' || line[0] == '\t': // a folded line
			return refused
		case !s.field(line):
			return other
		}
	}
}

// endOfHead returns where the empty line ends that ends a head of which a line begins at from, or of what was received
// if there is none.
func endOfHead(received []byte, from int) int {
	const end = "\r\n\r\n"
	if from > 0 && bytes.HasPrefix(received[from:], []byte(end[2:])) {
		return from + len(end[2:])
	}
	if at := bytes.Index(received[from:], []byte(end)); at >= 0 {
		return from + at + len(end)
	}
	return len(received)
}

// line takes the next line off text, which is what was received from there on, and returns it without its end. One
// that ends with a bare LF is refused: others may not take it for an end. A line that is too long to be read to its
// end here is net/http's.
func (s *scan) line(text *string) (string, verdict) {
	length := strings.IndexByte(*text, '\n')
	switch {
	case length < 0 && s.at+len(*text) > maxHead:
		return "", other
	case length < 0:
		return "", incomplete
	}
	line := (*text)[:length]
	*text = (*text)[length+1:]
	s.at += length + 1
	if length == 0 || line[length-1] != '\r' {
		return "", refused
	}
	return line[:length-1], plain
}

// request reads the first line, and reports false if it isn't that of a plain request.
func (s *scan) request(line string) bool {
	method, rest, _ := strings.Cut(line, " ")
	asked, version, _ := strings.Cut(rest, " ")
	s.method, s.target = method, asked
	return (method == http.MethodGet || method == http.MethodPost) && version == "HTTP/1.1" && target.IsPath(asked)
}

// field reads a field's line, and reports false if it is malformed.
func (s *scan) field(line string) bool {
	colon := strings.IndexByte(line, ':')
	if colon <= 0 || !all(line[:colon], nameByte) || !all(line[colon+1:], valueByte) {
		return false
	}
	value := strings.Trim(line[colon+1:], " \t")
	name := textproto.CanonicalMIMEHeaderKey(line[:colon])
	switch name {
	case "Host":
		s.hosts++
		s.host = value
		s.other = s.other || !isHost(value)
		return true // which a request's header doesn't hold
	case "Content-Length":
		s.lengths++
		length, fits := atMost(value, maxBody)
		s.length = length
		s.other = s.other || !fits
	case "Transfer-Encoding":
		s.codings++
		s.other = true
	case "Connection":
		s.close = strings.EqualFold(value, "close")
		s.other = s.other || s.header["Connection"] != nil || !s.close && !strings.EqualFold(value, "keep-alive")
	case "Expect", "Upgrade", "Trailer", "Pragma": // which net/http heeds
		s.other = true
	}
	if before, there := s.header[name]; there {
		s.header[name] = append(before, value)
		return true
	}
	s.set(name, value)
	return true
}

// set adds a field that isn't there yet.
func (s *scan) set(name, value string) {
	s.values = append(s.values, value)
	s.header[name] = s.values[len(s.values)-1 : len(s.values) : len(s.values)]
}

// verdict is what becomes of a request whose head is read.
func (s *scan) verdict() verdict {
	switch {
	case s.lengths > 1, s.lengths > 0 && s.codings > 0: // where does the body end?
		return refused
	case s.other, s.hosts != 1:
		return other
	}
	return plain
}

// atMost reads a number without sign that is at most most.
func atMost(digits string, most int) (number int, fits bool) {
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		if number = number*10 + int(digits[i]-'0'); number > most {
			return 0, false
		}
	}
	return number, digits != ""
}

func isHost(value string) bool { return value != "" && all(value, hostByte) }

// Sets of bytes.
const (
	nameByte  = 1 << iota // of a field's name: RFC 9110, section 5.6.2, token
	valueByte             // of a field's value: section 5.5
	hostByte              // of a plain host and port
)

// sets says which sets each byte is in.
var sets = newSets()

func newSets() (sets [256]byte) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for set, bytes := range map[byte]string{
		nameByte: letters + "!#$%&'*+-.^_`|~", hostByte: letters + "-._:[]", valueByte: "\t",
	} {
		for i := range len(bytes) {
			sets[bytes[i]] |= set
		}
	}
	for b := range sets {
		if b >= ' ' && b != 0x7f {
			sets[b] |= valueByte
		}
	}
	return sets
}

func all(of string, set byte) bool {
	for i := range len(of) {
		if sets[of[i]]&set == 0 {
			return false
		}
	}
	return true
}
