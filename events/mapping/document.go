package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Error says what is wrong with a mapping, and where.
type Error struct {
	File    string
	Line    int    // from 1; 0 where no line is to blame
	Field   string // event.user.column, quarantine[2].when[0].matches; empty for the file as a whole
	Message string // what is wrong, and what would be right
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return where + ": " + e.Message
}

// document is a mapping's YAML, kept to say on which line a field stands.
type document struct {
	file string
	tree *ast.File
}

// parseDocument reads YAML text into the mapping m; file is its name in messages.
func parseDocument(file string, text []byte, m *Mapping) error {
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return document{file: file}.yamlError(err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return &Error{File: file, Message: "a mapping is one YAML document, and not an empty one"}
	}
	parsed := document{file: file, tree: tree}
	if err := yaml.UnmarshalWithOptions(text, m, yaml.Strict()); err != nil {
		return parsed.yamlError(err)
	}
	m.document = parsed // after decoding, which may set all of m anew
	return nil
}

// yamlError says what the YAML library found, in terms of the mapping's fields.
func (d document) yamlError(err error) error {
	found := &Error{File: d.file, Message: err.Error()}
	var located yaml.Error
	if !errors.As(err, &located) {
		return found
	}
	found.Message = located.GetMessage()
	if at := located.GetToken(); at != nil && at.Position != nil {
		found.Line = at.Position.Line
		found.Field = d.fieldAt(at)
	}
	var wrongType *yaml.TypeError
	if errors.As(err, &wrongType) {
		found.Message = fmt.Sprintf("%s belongs here", kindInWords(wrongType.DstType.Kind().String()))
	}
	return found
}

func kindInWords(kind string) string {
	switch kind {
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "ptr", "map":
		return "a set of fields"
	}
	return "text"
}

// fieldAt returns the name of the field whose key or value is the token at.
func (d document) fieldAt(at *token.Token) string {
	if d.tree == nil {
		return ""
	}
	finder := &tokenFinder{offset: at.Position.Offset}
	for _, doc := range d.tree.Docs {
		ast.Walk(finder, doc.Body)
	}
	return strings.TrimPrefix(strings.TrimPrefix(finder.path, "$"), ".")
}

// tokenFinder walks a tree and keeps the path of the innermost node that begins at offset.
type tokenFinder struct {
	offset int
	path   string
}

// Visit implements ast.Visitor.
func (f *tokenFinder) Visit(node ast.Node) ast.Visitor {
	if at := node.GetToken(); at != nil && at.Position != nil && at.Position.Offset == f.offset {
		f.path = node.GetPath()
	}
	return f
}

// line returns the line of a field, or of the innermost field around it that is there; 0 where none
// is.
func (d document) line(field string) int {
	for field != "" {
		path, err := yaml.PathString("$." + field)
		if err == nil {
			node, err := path.FilterFile(d.tree)
			if err == nil && node.GetToken() != nil {
				return node.GetToken().Position.Line
			}
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return 0
}

// errorf says what is wrong with a field.
func (d document) errorf(field, format string, arguments ...any) error {
	return &Error{File: d.file, Line: d.line(field), Field: field, Message: fmt.Sprintf(format, arguments...)}
}
