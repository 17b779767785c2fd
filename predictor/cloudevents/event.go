package cloudevents

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An Event is a CloudEvent of version 1.0. Its data is a body for, or of, the predictor.
type Event struct {
	ID              string
	Source          string
	Type            string
	DataContentType string
	Data            []byte
	Extensions      map[string]string
}

// structured is the media type of an event that is one JSON document.
const structured = "application/cloudevents+json"

// IsStructured says whether a request holds an event as one JSON document.
func IsStructured(header http.Header) bool {
	contentType := header.Get("Content-Type")
	if contentType == "application/json" { // as nearly all are
		return false
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == structured
}

// IsBinary says whether a request's header holds an event's attributes, and its body the data.
func IsBinary(header http.Header) bool { return header.Get("Ce-Specversion") != "" }

// FromHeader reads an event whose attributes are in a header, and whose data is left to the body.
// Error: *instance.Error.
func FromHeader(header http.Header) (Event, error) {
	event := Event{
		ID: header.Get("Ce-Id"), Source: header.Get("Ce-Source"), Type: header.Get("Ce-Type"),
		DataContentType: header.Get("Content-Type"),
	}
	return event, event.check(header.Get("Ce-Specversion"), func(name string) string { return "ce-" + name })
}

// FromDocument reads an event that is one JSON document. Error: *instance.Error.
func FromDocument(document []byte) (Event, error) {
	var event Event
	var version, encoded string
	given := ""
	err := instance.Document(document, "a CloudEvent, a JSON object", func(r *instance.Reader, name string) (err error) {
		switch name {
		case "specversion":
			return r.String("a string", &version)
		case "id":
			return r.String("a string", &event.ID)
		case "source":
			return r.String("a string", &event.Source)
		case "type":
			return r.String("a string", &event.Type)
		case "datacontenttype":
			return r.String("a string", &event.DataContentType)
		case "data", "data_base64":
			if given != "" {
				return &instance.Error{Message: "is given, and " + given + ", too; it must be one of them"}
			}
			given = name
			if name == "data" {
				event.Data, err = r.Raw()
				return err
			}
			return r.String("a string, base64", &encoded)
		}
		return r.Skip()
	})
	if err != nil {
		return event, err
	}
	if given == "data_base64" {
		if event.Data, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return event, &instance.Error{Field: given, Message: "must be base64: " + err.Error()}
		}
	}
	return event, event.check(version, func(name string) string { return name })
}

// check reports a required attribute that is missing. field gives the name that the sender knows it by.
func (e Event) check(version string, field func(string) string) error {
	if version != "1.0" {
		return &instance.Error{Field: field("specversion"), Message: fmt.Sprintf("is %q; it must be 1.0", version)}
	}
	for _, required := range []struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Type}} {
		if required.value == "" {
			return &instance.Error{Field: field(required.name), Message: "is missing or empty; every CloudEvent has one"}
		}
	}
	return nil
}

// SetHeader writes the event's attributes to a header.
func (e Event) SetHeader(header http.Header) {
	header.Set("Ce-Specversion", "1.0")
	header.Set("Ce-Id", e.ID)
	header.Set("Ce-Source", e.Source)
	header.Set("Ce-Type", e.Type)
	header.Set("Content-Type", e.DataContentType)
	for name, value := range e.Extensions {
		header.Set("Ce-"+name, value)
	}
}

// Document returns the event as one JSON document.
func (e Event) Document() []byte {
	document := make([]byte, 0, len(e.Data)+512)
	document = append(document, `{"specversion":"1.0"`...)
	attribute := func(name, value string) {
		document = append(document, ',')
		document = response.AppendString(document, name)
		document = append(document, ':')
		document = response.AppendString(document, value)
	}
	attribute("id", e.ID)
	attribute("source", e.Source)
	attribute("type", e.Type)
	attribute("datacontenttype", e.DataContentType)
	for name, value := range e.Extensions {
		attribute(name, value)
	}
	if isJSON(e.DataContentType) {
		document = append(document, `,"data":`...)
		document = append(document, e.Data...)
	} else {
		document = append(document, `,"data_base64":"`...)
		document = base64.StdEncoding.AppendEncode(document, e.Data)
		document = append(document, '"')
	}
	return append(document, '}')
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
