package mapping_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events/mapping"
)

// sound is a mapping with nothing wrong in it, each line of which some test replaces.
const sound = `name: my-shop
time_zone: Europe/London
csv: {delimiter: ";"}
event:
  user: {column: customer}
  item: {column: article}
  time: {column: date, layout: "2006-01-02"}
  type: {default: purchase}
  quantity: {column: pieces}
  price: {column: price}
  value: {product_of: [quantity, price]}
item:
  title: {column: title}
quarantine:
  - reason: test_order
    when: [{column: customer, matches: "^TEST"}]
`

func TestTheMappingsThatComeAlongAreSound(t *testing.T) {
	for _, file := range []string{"online-retail.yaml", "simulated.yaml"} {
		m, err := mapping.Load(file)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(file, ".yaml"), m.Name)
	}
}

func TestWhatIsLeftOutHasADefault(t *testing.T) {
	m, err := mapping.Parse("m.yaml", []byte(strings.Replace(sound, "csv: {delimiter: \";\"}\n", "", 1)))
	require.NoError(t, err)
	require.Equal(t, mapping.CSV{Delimiter: ",", Decimal: ".", Encoding: "utf-8"}, m.CSV)
	require.Equal(t, "drop", m.Duplicates)
	require.Equal(t, ',', m.Comma())
	require.Equal(t, "Europe/London", m.Location().String())
}

func TestAMistakeIsNamedByFileLineAndField(t *testing.T) {
	tests := map[string]struct {
		line, instead string // of the sound mapping
		says          string
	}{
		"no name": {"name: my-shop", `name: ""`, "shop.yaml:1: name: missing: give the source a name"},
		"a field there is none of": {"  item: {column: article}", "  item: {colum: article}",
			`shop.yaml:6: event.item.colum: unknown field "colum"`},
		"a field twice": {"name: my-shop", "name: a\nname: b", `shop.yaml:2: mapping key "name" already defined`},
		"no YAML":       {"name: my-shop", "name: [", "shop.yaml:1: "},
		"two documents": {"name: my-shop", "name: a\n---\nname: my-shop", "a mapping is one YAML document"},
		"a list where a text belongs": {"name: my-shop", "name: [a]",
			"shop.yaml:1: name: text belongs here"},
		"a text where a number belongs": {`    when: [{column: customer, matches: "^TEST"}]`, "    when:\n      - column: pieces\n        below: few",
			"shop.yaml:18: quarantine[0].when[0].below: a number belongs here"},
		"an unknown time zone": {"time_zone: Europe/London", "time_zone: Europe/Londn",
			`shop.yaml:2: time_zone: "Europe/Londn" is no zone of the IANA database; write for example Europe/London`},
		"no time zone":            {"time_zone: Europe/London\n", "", "shop.yaml: time_zone: missing: name the shop's"},
		"the machine's time zone": {"time_zone: Europe/London", "time_zone: Local", "shop.yaml:2: time_zone: missing"},
		"a delimiter too long":    {`delimiter: ";"`, `delimiter: ";;"`, `shop.yaml:3: csv.delimiter: ";;" is not one character`},
		"an unknown encoding":     {`delimiter: ";"`, `encoding: ebcdic`, `csv.encoding: "ebcdic" is neither utf-8 nor latin-1`},
		"an unknown decimal mark": {`delimiter: ";"`, `decimal: "·"`, `csv.decimal: "·" is neither`},
		"one mark for both":       {`delimiter: ";"`, `thousands: "."`, `csv.thousands: "."`},
		"no user":                 {"  user: {column: customer}\n", "", "shop.yaml:5: event.user: missing: say which column it is"},
		"no item":                 {"  item: {column: article}\n", "", "event.item: missing: say which column it is"},
		"no time":                 {`  time: {column: date, layout: "2006-01-02"}` + "\n", "", "event.time: missing"},
		"a user of no column":     {"user: {column: customer}", "user: {case: upper}", "shop.yaml:5: event.user.column: missing: name the column"},
		"an unknown case":         {"user: {column: customer}", "user: {column: c, case: title}", `shop.yaml:5: event.user.case: "title" is neither upper nor lower`},
		"a bad replacement":       {"user: {column: customer}", `user: {column: c, replace: [{pattern: "("}]}`, `shop.yaml:5: event.user.replace[0].pattern: "(" is no regular expression`},
		"an empty replacement":    {"user: {column: customer}", `user: {column: c, replace: [{with: "("}]}`, "event.user.replace[0].pattern: missing"},
		"a quantity of no column": {"quantity: {column: pieces}", "quantity: {absolute: true}", "shop.yaml:9: event.quantity.column: missing"},
		"a value of nothing":      {"value: {product_of: [quantity, price]}", "value: {}", "shop.yaml:11: event.value: give either column or product_of"},
		"a value of two things":   {"value: {product_of: [quantity, price]}", "value: {column: x, product_of: [price]}", "event.value: give either"},
		"a value of what is none": {"value: {product_of: [quantity, price]}", "value: {product_of: [weight]}", `event.value.product_of[0]: "weight" is neither quantity nor price`},
		"a value of what isn't there": {"  price: {column: price}\n", "",
			"shop.yaml:10: event.value.product_of[1]: event.price is missing"},
		"no layout":               {`layout: "2006-01-02"`, `layout: ""`, "shop.yaml:7: event.time.layout: missing: show how"},
		"a layout of letters":     {`layout: "2006-01-02"`, `layout: "YYYY-MM-DD"`, `shop.yaml:7: event.time.layout: "YYYY-MM-DD" doesn't tell year, month and day`},
		"a layout without a year": {`layout: "2006-01-02"`, `layout: "01-02"`, "doesn't tell year, month and day"},
		"a time of no column":     {"time: {column: date,", "time: {", "shop.yaml:7: event.time: give either column or columns"},
		"a time of a nameless column": {"time: {column: date,", `time: {columns: [date, ""],`,
			"event.time.columns[1]: empty"},
		"no type":         {"type: {default: purchase}", "type: {}", "shop.yaml:8: event.type: missing: give a default"},
		"an unknown type": {"type: {default: purchase}", "type: {default: sale}", `shop.yaml:8: event.type.default: "sale" is no type of event; there are [view cart purchase`},
		"a type of a column without values": {"type: {default: purchase}", "type: {column: action}",
			"event.type: column and values go together"},
		"an unknown type among values": {"type: {default: purchase}", "type: {column: a, values: {x: buy}}",
			`shop.yaml:8: event.type.values.x: "buy" is no type`},
		"an unknown type of a rule": {"type: {default: purchase}", `type: {rules: [{type: buy, when: [{column: a, equals: b}]}]}`,
			`event.type.rules[0].type: "buy" is no type`},
		"a rule without conditions": {"type: {default: purchase}", `type: {rules: [{type: view}]}`, "event.type.rules[0].when: missing"},
		"a reason of many words":    {"reason: test_order", "reason: Test order", `shop.yaml:15: quarantine[0].reason: "Test order" is no reason's name`},
		"a reason that is taken":    {"reason: test_order", "reason: bad_time", "quarantine[0].reason: bad_time is what a row gets without a rule"},
		"a reason for nothing": {`    when: [{column: customer, matches: "^TEST"}]`, "    for: [view]",
			"quarantine[0].when: missing"},
		"a rule for an unknown type": {`    when: [`, "    for: [view, look]\n    when: [",
			`shop.yaml:16: quarantine[0].for[1]: "look" is no type`},
		"a condition of no column": {`{column: customer, matches: "^TEST"}`, `{matches: "^TEST"}`, "shop.yaml:16: quarantine[0].when[0].column: missing"},
		"a condition of nothing":   {`{column: customer, matches: "^TEST"}`, `{column: customer}`, "quarantine[0].when[0]: missing: say what holds"},
		"a bad expression": {`matches: "^TEST"`, `matches: "["`,
			`shop.yaml:16: quarantine[0].when[0].matches: "[" is no regular expression`},
		"a bad negative expression": {`matches: "^TEST"`, `not_matches: "["`, "quarantine[0].when[0].not_matches"},
		"a way with duplicates that there isn't": {"name: my-shop", "name: a\nduplicates: sum",
			`shop.yaml:2: duplicates: "sum" is neither drop nor keep`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, sound, test.line)
			text := strings.Replace(sound, test.line, test.instead, 1)
			_, err := mapping.Parse("shop.yaml", []byte(text))
			var wrong *mapping.Error
			require.ErrorAs(t, err, &wrong)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestAMappingThatIsNotThereOrEmpty(t *testing.T) {
	_, err := mapping.Load("no-such.yaml")
	require.ErrorContains(t, err, "no-such.yaml")
	for _, text := range []string{"", "# nothing\n", "---\n"} {
		_, err := mapping.Parse("shop.yaml", []byte(text))
		require.ErrorContains(t, err, "shop.yaml: a mapping is one YAML document, and not an empty one")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("name: [\n"))
	f.Add([]byte("!\n"))
	f.Add([]byte("event: &a\n  user: *a\n"))
	f.Add([]byte("quarantine:\n  - reason: x\n    when: [{column: a, below: .inf}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := mapping.Parse("shop.yaml", text)
		if err != nil {
			require.ErrorContains(t, err, "shop.yaml")
			return
		}
		_, err = m.Bind([]string{"customer", "article"}, "export.csv")
		if err != nil {
			require.ErrorContains(t, err, "export.csv")
		}
	})
}
