package mapping

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybreak-ml/daybreak/events"
)

// Load reads a mapping from a YAML file. Errors are [*Error] where the mapping is at fault.
func Load(path string) (*Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load mapping: %w", err)
	}
	return Parse(path, text)
}

// Parse reads a mapping from YAML text; file is its name in messages. Errors are [*Error].
func Parse(file string, text []byte) (*Mapping, error) {
	var m Mapping
	if err := parseDocument(file, text, &m); err != nil {
		return nil, err
	}
	for _, complete := range []func() error{
		m.completeShop, m.completeCSV, m.completeEvent, m.completeType, m.completeItem, m.completeRules,
	} {
		if err := complete(); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

// reasonName is the form of names that can go into a metric's label.
var reasonName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (m *Mapping) completeShop() error {
	if m.Name == "" {
		return m.document.errorf("name", "missing: give the source a name, for example my-shop")
	}
	if m.TimeZone == "" || m.TimeZone == "Local" {
		return m.document.errorf("time_zone", "missing: name the shop's, for example Europe/London")
	}
	location, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		return m.document.errorf("time_zone", "%q is no zone of the IANA database; write for example Europe/London", m.TimeZone)
	}
	m.location = location
	switch m.Duplicates {
	case "":
		m.Duplicates = "drop"
	case "drop", "keep":
	default:
		return m.document.errorf("duplicates", "%q is neither drop nor keep", m.Duplicates)
	}
	return nil
}

func (m *Mapping) completeCSV() error {
	if m.CSV.Delimiter == "" {
		m.CSV.Delimiter = ","
	}
	if utf8.RuneCountInString(m.CSV.Delimiter) != 1 || strings.ContainsAny(m.CSV.Delimiter, "\"\r\n\x00\uFFFD") {
		return m.document.errorf("csv.delimiter", `%q is not one character such as ",", ";" or "\t"`, m.CSV.Delimiter)
	}
	switch m.CSV.Encoding {
	case "":
		m.CSV.Encoding = "utf-8"
	case "utf-8", "latin-1":
	default:
		return m.document.errorf("csv.encoding", "%q is neither utf-8 nor latin-1", m.CSV.Encoding)
	}
	if m.CSV.Decimal == "" {
		m.CSV.Decimal = "."
	}
	if m.CSV.Decimal != "." && m.CSV.Decimal != "," {
		return m.document.errorf("csv.decimal", `%q is neither "." nor ","`, m.CSV.Decimal)
	}
	if m.CSV.Thousands == m.CSV.Decimal || len(m.CSV.Thousands) > 1 || strings.ContainsAny(m.CSV.Thousands, "0123456789+-eE") {
		return m.document.errorf("csv.thousands", `%q is not one character such as "," or "'", other than the decimal mark`, m.CSV.Thousands)
	}
	m.numbers = numberFormat{decimal: m.CSV.Decimal, thousands: m.CSV.Thousands}
	return nil
}

func (m *Mapping) completeEvent() error {
	for _, needed := range []struct {
		field string
		text  *Text
	}{{"event.user", m.Event.User}, {"event.item", m.Event.Item}} {
		if needed.text == nil {
			return m.document.errorf(needed.field, "missing: say which column it is, for example {column: customer}")
		}
	}
	for _, optional := range []struct {
		field string
		text  *Text
	}{
		{"event.id", m.Event.ID}, {"event.user", m.Event.User}, {"event.item", m.Event.Item},
		{"event.session", m.Event.Session},
	} {
		if err := m.completeText(optional.field, optional.text); err != nil {
			return err
		}
	}
	for _, optional := range []struct {
		field  string
		number *Number
	}{{"event.quantity", m.Event.Quantity}, {"event.price", m.Event.Price}} {
		if optional.number != nil && optional.number.Column == "" {
			return m.document.errorf(optional.field+".column", "missing: name the column of the export")
		}
	}
	if err := m.completeValue(); err != nil {
		return err
	}
	return m.completeTime()
}

func (m *Mapping) completeText(field string, text *Text) error {
	if text == nil {
		return nil
	}
	if text.Column == "" {
		return m.document.errorf(field+".column", "missing: name the column of the export")
	}
	if !slices.Contains([]string{"", "upper", "lower"}, text.Case) {
		return m.document.errorf(field+".case", "%q is neither upper nor lower", text.Case)
	}
	for i := range text.Replace {
		at := fmt.Sprintf("%s.replace[%d].pattern", field, i)
		if text.Replace[i].Pattern == "" {
			return m.document.errorf(at, "missing: give a regular expression")
		}
		if err := m.compile(at, text.Replace[i].Pattern, &text.Replace[i].pattern); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) completeValue() error {
	value := m.Event.Value
	if value == nil {
		return nil
	}
	if (value.Column == "") == (len(value.ProductOf) == 0) {
		return m.document.errorf("event.value", "give either column or product_of: [quantity, price]")
	}
	for i, factor := range value.ProductOf {
		field := fmt.Sprintf("event.value.product_of[%d]", i)
		switch {
		case factor == "quantity" && m.Event.Quantity != nil, factor == "price" && m.Event.Price != nil:
		case factor == "quantity" || factor == "price":
			return m.document.errorf(field, "event.%s is missing", factor)
		default:
			return m.document.errorf(field, "%q is neither quantity nor price", factor)
		}
	}
	return nil
}

func (m *Mapping) completeTime() error {
	moment := m.Event.Time
	if moment == nil {
		return m.document.errorf("event.time", `missing: say which column it is and how it is written, for example {column: date, layout: "2006-01-02 15:04:05"}`)
	}
	if (moment.Column == "") == (len(moment.Columns) == 0) {
		return m.document.errorf("event.time", "give either column or columns: [date, time]")
	}
	if moment.Column != "" {
		moment.Columns = []string{moment.Column}
	}
	if i := slices.Index(moment.Columns, ""); i >= 0 {
		return m.document.errorf(fmt.Sprintf("event.time.columns[%d]", i), "empty: name a column of the export")
	}
	parse, err := newClock(moment.Layout, m.location)
	if err != nil {
		return m.document.errorf("event.time.layout", "%s", err)
	}
	m.clock = parse
	return nil
}

func (m *Mapping) completeType() error {
	choice := m.Event.Type
	if choice == nil || len(choice.Rules) == 0 && choice.Column == "" && choice.Default == "" {
		return m.document.errorf("event.type", "missing: give a default, for example {default: purchase}, rules, or a column with values")
	}
	if (choice.Column == "") != (len(choice.Values) == 0) {
		return m.document.errorf("event.type", "column and values go together, for example {column: action, values: {bought: purchase}}")
	}
	for i, rule := range choice.Rules {
		field := fmt.Sprintf("event.type.rules[%d]", i)
		if err := m.checkType(field+".type", rule.Type); err != nil {
			return err
		}
		if len(rule.When) == 0 {
			return m.document.errorf(field+".when", "missing: give at least one condition; a rule for all else is event.type.default")
		}
		if err := m.completeConditions(field+".when", rule.When); err != nil {
			return err
		}
	}
	for text, eventType := range choice.Values {
		if err := m.checkType("event.type.values."+text, eventType); err != nil {
			return err
		}
	}
	if choice.Default != "" {
		return m.checkType("event.type.default", choice.Default)
	}
	return nil
}

func (m *Mapping) checkType(field string, eventType events.Type) error {
	if !eventType.Valid() {
		return m.document.errorf(field, "%q is no type of event; there are %v", string(eventType), events.Types())
	}
	return nil
}

func (m *Mapping) completeItem() error {
	if err := m.completeText("item.title", m.Item.Title); err != nil {
		return err
	}
	if err := m.completeText("item.category", m.Item.Category); err != nil {
		return err
	}
	return m.completeConditions("item.in_stock", m.Item.InStock)
}

func (m *Mapping) completeRules() error {
	for i, rule := range m.Quarantine {
		field := fmt.Sprintf("quarantine[%d]", i)
		switch {
		case !reasonName.MatchString(rule.Reason):
			return m.document.errorf(field+".reason", "%q is no reason's name: write it in lower case with underscores, for example no_customer", rule.Reason)
		case slices.Contains(Reasons(), rule.Reason):
			return m.document.errorf(field+".reason", "%s is what a row gets without a rule; choose another name", rule.Reason)
		case len(rule.When) == 0:
			return m.document.errorf(field+".when", "missing: give at least one condition")
		}
		for k, eventType := range rule.For {
			if err := m.checkType(fmt.Sprintf("%s.for[%d]", field, k), eventType); err != nil {
				return err
			}
		}
		if err := m.completeConditions(field+".when", rule.When); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) completeConditions(field string, conditions []Condition) error {
	for i := range conditions {
		c := &conditions[i]
		at := fmt.Sprintf("%s[%d]", field, i)
		if c.Column == "" {
			return m.document.errorf(at+".column", "missing: name the column of the export")
		}
		if !c.tests() {
			return m.document.errorf(at, "missing: say what holds of the column: empty, equals, one_of, matches, not_matches, below, at_most, above or at_least")
		}
		if c.Matches != nil {
			if err := m.compile(at+".matches", *c.Matches, &c.matches); err != nil {
				return err
			}
		}
		if c.NotMatches != nil {
			if err := m.compile(at+".not_matches", *c.NotMatches, &c.notMatches); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Mapping) compile(field, expression string, into **regexp.Regexp) error {
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return m.document.errorf(field, "%q is no regular expression: %s", expression, err)
	}
	*into = compiled
	return nil
}
