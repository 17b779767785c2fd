package mapping_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
)

var onlineRetailHeader = strings.Split("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", ",")

func TestOnlineRetailRowsAreSalesOrHaveAReason(t *testing.T) {
	m, err := mapping.Load("online-retail.yaml")
	require.NoError(t, err)
	cleaner, err := m.Bind(onlineRetailHeader, "2011-06-01.csv")
	require.NoError(t, err)
	tests := map[string]struct {
		row    string // fields, between bars
		item   string // of the event, or
		reason string // why there is none
	}{
		"a sale":                              {"536365|85123A|LAMP|6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "85123A", ""},
		"a sale of a code in lower case":      {"536365|85123a|LAMP|6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "85123A", ""},
		"a sale of a code with a word behind": {"536365|15056BL|LAMP|6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "15056BL", ""},
		"a cancellation":                      {"C536365|85123A|LAMP|-6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "85123A", ""},
		"no customer":                         {"536365|85123A|LAMP|6|2011-06-01 08:26:00|2.55||United Kingdom", "", "no_customer"},
		"no customer comes before all else":   {"C536365|POST|x|0|never|0||United Kingdom", "", "no_customer"},
		"postage":                             {"536365|POST|POSTAGE|1|2011-06-01 08:26:00|18|17850.0|France", "", "not_a_product"},
		"postage cancelled":                   {"C536365|POST|POSTAGE|-1|2011-06-01 08:26:00|18|17850.0|France", "", "not_a_product"},
		"a code of four digits":               {"536365|8512|x|1|2011-06-01 08:26:00|18|17850.0|France", "", "not_a_product"},
		"a code of six digits":                {"536365|851234|x|1|2011-06-01 08:26:00|18|17850.0|France", "", "not_a_product"},
		"a gift":                              {"536365|85123A|LAMP|6|2011-06-01 08:26:00|0.0|17850.0|United Kingdom", "", "price_not_positive"},
		"a correction":                        {"A563185|85123A|LAMP|6|2011-06-01 08:26:00|-11.5|17850.0|United Kingdom", "", "price_not_positive"},
		"pieces written off":                  {"536365|85123A|LAMP|-6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "", "quantity_not_positive"},
		"a cancellation of no pieces":         {"C536365|85123A|LAMP|0|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "", "cancels_nothing"},
		"a date that is none":                 {"536365|85123A|LAMP|6|2011-06-31 08:26:00|2.55|17850.0|United Kingdom", "", mapping.ReasonBadTime},
		"a quantity that is no number":        {"536365|85123A|LAMP|six|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "", mapping.ReasonBadNumber},
		"a price that is no number":           {"536365|85123A|LAMP|6|2011-06-01 08:26:00|0x1p4|17850.0|United Kingdom", "", mapping.ReasonBadNumber},
		"a field too few":                     {"536365|85123A|LAMP|6|2011-06-01 08:26:00|2.55|17850.0", "", mapping.ReasonMalformed},
		"a customer that is no text":          {"536365|85123A|LAMP|6|2011-06-01 08:26:00|2.55|178\xff50.0|United Kingdom", "", mapping.ReasonEncoding},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			event, item, rejection := cleaner.Clean(strings.Split(test.row, "|"))
			if test.reason != "" {
				require.NotNil(t, rejection)
				require.Equal(t, test.reason, rejection.Reason)
				return
			}
			require.Nil(t, rejection)
			require.Equal(t, test.item, event.ItemID)
			require.Equal(t, "17850", event.UserID)
			require.Equal(t, "LAMP", item.Title)
		})
	}

	sale, item, _ := cleaner.Clean(strings.Split("536365|85123A| LAMP \xff|6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "|"))
	moment := time.Date(2011, 6, 1, 7, 26, 0, 0, time.UTC)
	pieces, price := 6.0, 2.55
	require.Equal(t, events.Event{
		UserID: "17850", ItemID: "85123A", Type: events.Purchase, Value: pieces * price, Quantity: pieces, Price: price,
		Time: moment, SessionID: "536365", Source: "online-retail",
	}, sale)
	require.Equal(t, events.Item{
		ItemID: "85123A", Title: "LAMP \uFFFD", Price: 2.55, InStock: true, FirstSeen: moment, LastSeen: moment,
	}, item)

	back, item, _ := cleaner.Clean(strings.Split("C536365|85123A|LAMP|-6|2011-06-01 08:26:00|2.55|17850.0|United Kingdom", "|"))
	require.Equal(t, events.Return, back.Type)
	require.InDelta(t, 6, back.Quantity, 0)
	require.InDelta(t, pieces*price, back.Value, 0)
	require.Zero(t, item.Price, "a return says nothing of today's price")
}

// cleanerOf binds a mapping of the columns user, item, time, a and b, whose event section ends in
// lines.
func cleanerOf(t *testing.T, lines string) *mapping.Cleaner {
	t.Helper()
	m, err := mapping.Parse("m.yaml", []byte(`name: shop
time_zone: America/Sao_Paulo
event:
  user: {column: user}
  item: {column: item}
`+lines))
	require.NoError(t, err)
	cleaner, err := m.Bind([]string{"user", " item", "time", "a", "b"}, "export.csv")
	require.NoError(t, err)
	return cleaner
}

func TestTheTypeComesFromRulesThenTheColumnThenTheDefault(t *testing.T) {
	lines := `  time: {column: time, layout: rfc3339}
  type:
    rules:
      - type: return
        when: [{column: a, below: 0}]
      - type: rating
        when: [{column: a, at_least: 1, at_most: 5}, {column: b, one_of: [stars, star]}]
    column: b
    values: {seen: view, "in cart": cart}
`
	tests := map[string]struct {
		a, b string
		want events.Type
	}{
		"the first rule that holds":              {"-1", "seen", events.Return},
		"all conditions of a rule must hold":     {"3", "star", events.Rating},
		"else the column's value":                {"3", "seen", events.View},
		"with the space around it cut":           {"", " in cart ", events.Cart},
		"a test for a number fails on a text":    {"minus one", "seen", events.View},
		"else the default, if there is one":      {"", "bought", events.Purchase},
		"a column that is a different case":      {"", "SEEN", events.Purchase},
		"a bound that is met exactly is no less": {"0", "", events.Purchase},
	}
	withDefault := cleanerOf(t, lines+"    default: purchase\n")
	without := cleanerOf(t, lines)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			row := []string{"u", "i", "2018-11-04T12:00:00Z", test.a, test.b}
			event, _, rejection := withDefault.Clean(row)
			require.Nil(t, rejection)
			require.Equal(t, test.want, event.Type)
			_, _, rejection = without.Clean(row)
			if test.want == events.Purchase {
				require.Equal(t, &mapping.Rejection{Reason: mapping.ReasonUnknownType, Detail: `column b is "` + test.b + `"`}, rejection)
			}
		})
	}
}

func TestTimesAreReadAsTheLayoutSays(t *testing.T) {
	tests := map[string]struct {
		layout, text, want string // want is empty where the row is bad
	}{
		"in the shop's zone":                {`layout: "2006-01-02 15:04"`, "2018-07-01 22:30", "2018-07-02T01:30:00Z"},
		"with a space around it":            {`layout: "2006-01-02 15:04"`, " 2018-07-01 22:30 ", "2018-07-02T01:30:00Z"},
		"with an offset of their own":       {`layout: rfc3339`, "2018-07-01T22:30:00.25+02:00", "2018-07-01T20:30:00.25Z"},
		"in seconds":                        {`layout: unix`, "1530484200", "2018-07-01T22:30:00Z"},
		"in seconds with a fraction":        {`layout: unix`, "1530484200.5", "2018-07-01T22:30:00.5Z"},
		"in milliseconds":                   {`layout: unix_ms`, "1530484200250", "2018-07-01T22:30:00.25Z"},
		"twelve hours":                      {`layout: "1/2/2006 3:04 PM"`, "7/1/2018 10:30 PM", "2018-07-02T01:30:00Z"},
		"an hour that the clocks skip":      {`layout: "2006-01-02 15:04"`, "2018-11-04 00:30", "2018-11-04T03:00:00Z"},
		"a day alone, begun after midnight": {`layout: "2006-01-02"`, "2018-11-04", "2018-11-04T03:00:00Z"},
		"not as it is written":              {`layout: "2006-01-02 15:04"`, "01.07.2018", ""},
		"a day that there isn't":            {`layout: "2006-01-02"`, "2018-02-30", ""},
		"no day at all":                     {`layout: "2006-01-02"`, "0000-00-00", ""},
		"nothing":                           {`layout: "2006-01-02"`, "", ""},
		"milliseconds read as seconds":      {`layout: unix`, "1530484200250", ""},
		"seconds beyond counting":           {`layout: unix`, "9223372036854775807", ""},
		"a fraction beyond counting":        {`layout: unix`, "1e300", ""},
		"seconds that are no number":        {`layout: unix`, "now", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cleaner := cleanerOf(t, "  type: {default: view}\n  time: {column: time, "+test.layout+"}\n")
			row := []string{"u", "i", test.text, "", ""}
			event, _, rejection := cleaner.Clean(row)
			_, known := cleaner.Day(row)
			require.Equal(t, test.want != "", known)
			if test.want == "" {
				require.Equal(t, mapping.ReasonBadTime, rejection.Reason)
				return
			}
			require.Nil(t, rejection)
			require.Equal(t, test.want, event.Time.Format(time.RFC3339Nano))
		})
	}
}

func TestATimeMayBePutTogetherFromColumns(t *testing.T) {
	cleaner := cleanerOf(t, "  type: {default: view}\n"+`  time: {columns: [a, b], layout: "02.01.2006 15.04"}`+"\n")
	event, _, rejection := cleaner.Clean([]string{"u", "i", "", " 01.07.2018", "22.30 "})
	require.Nil(t, rejection)
	require.Equal(t, "2018-07-02T01:30:00Z", event.Time.Format(time.RFC3339))
}

func TestNumbersAreReadAsTheDialectSays(t *testing.T) {
	tests := map[string]struct {
		csv, text string
		want      float64
		reason    string
	}{
		"plain":                            {``, "12.50", 12.5, ""},
		"with space around":                {``, " 12 ", 12, ""},
		"with an exponent":                 {``, "1e3", 1000, ""},
		"nought, though below it":          {``, "-0", 0, ""},
		"a decimal comma":                  {`decimal: ","`, "12,50", 12.5, ""},
		"a comma and a thousands mark":     {`decimal: ",", thousands: "."`, "1.012,50", 1012.5, ""},
		"a thousands mark":                 {`thousands: ","`, "1,012.50", 1012.5, ""},
		"a point where commas are decimal": {`decimal: ","`, "12.50", 0, mapping.ReasonBadNumber},
		"two decimal marks":                {`decimal: ","`, "1,2,3", 0, mapping.ReasonBadNumber},
		"a unit":                           {``, "£3", 0, mapping.ReasonBadNumber},
		"nothing":                          {``, "", 0, mapping.ReasonBadNumber},
		"infinity":                         {``, "Inf", 0, mapping.ReasonBadNumber},
		"no number":                        {``, "NaN", 0, mapping.ReasonBadNumber},
		"more than there are":              {``, "1e999", 0, mapping.ReasonBadNumber},
		"less than nothing":                {``, "-3", 0, mapping.ReasonNegative},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cleaner := cleanerOf(t, `  type: {default: view}
  time: {column: time, layout: rfc3339}
  price: {column: a}
csv: {`+test.csv+"}\n")
			event, _, rejection := cleaner.Clean([]string{"u", "i", "2018-11-04T12:00:00Z", test.text, ""})
			if test.reason != "" {
				require.Equal(t, test.reason, rejection.Reason)
				return
			}
			require.Nil(t, rejection)
			require.InDelta(t, test.want, event.Price, 0)
			require.False(t, math.Signbit(event.Price))
		})
	}
}

func TestWhatEveryEventNeedsIsMissed(t *testing.T) {
	cleaner := cleanerOf(t, `  id: {column: a}
  type: {default: view}
  time: {column: time, layout: rfc3339}
  quantity: {column: b}
  price: {column: b}
  value: {product_of: [quantity, price]}
`)
	const moment = "2018-11-04T12:00:00Z"
	tests := map[string]struct {
		row    []string
		reason string
	}{
		"a user":              {[]string{" ", "i", moment, "1", "2"}, mapping.ReasonNoUser},
		"an item":             {[]string{"u", "", moment, "1", "2"}, mapping.ReasonNoItem},
		"an id":               {[]string{"u", "i", moment, "", "2"}, mapping.ReasonNoID},
		"a value in bounds":   {[]string{"u", "i", moment, "1", "1e200"}, mapping.ReasonBadNumber},
		"fields":              {nil, mapping.ReasonMalformed},
		"an id that is UTF-8": {[]string{"u", "i", moment, "\xf0", "2"}, mapping.ReasonEncoding},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, rejection := cleaner.Clean(test.row)
			require.Equal(t, test.reason, rejection.Reason)
		})
	}
	event, _, rejection := cleaner.Clean([]string{"u", "i", moment, "7", "2"})
	require.Nil(t, rejection)
	require.Equal(t, "7", event.EventID)
	require.InDelta(t, 4, event.Value, 0)
}

func TestConditionsSayWhatIsInStock(t *testing.T) {
	cleaner := cleanerOf(t, `  type: {default: view}
  time: {column: time, layout: rfc3339}
item:
  category: {column: b, case: lower, replace: [{pattern: "^.*/", with: ""}]}
  in_stock: [{column: a, above: 0, not_matches: "^9999$"}]
`)
	for stock, want := range map[string]bool{"3": true, "0": false, "": false, "9999": false} {
		_, item, rejection := cleaner.Clean([]string{"u", "i", "2018-11-04T12:00:00Z", stock, "Home/LAMPS"})
		require.Nil(t, rejection)
		require.Equal(t, want, item.InStock, stock)
		require.Equal(t, "lamps", item.Category)
	}
}

func TestAColumnThatTheExportLacksIsNamed(t *testing.T) {
	m, err := mapping.Load("online-retail.yaml")
	require.NoError(t, err)
	_, err = m.Bind([]string{"Invoice", "StockCode", "Quantity"}, "2011-06-01.csv")
	var missing *mapping.MissingColumnError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "CustomerID", missing.Column)
	require.EqualError(t, err, `online-retail.yaml:8: event.user.column: 2011-06-01.csv has no column "CustomerID"; its columns are Invoice, StockCode, Quantity`)

	_, err = m.Bind(append([]string{"CustomerID"}, onlineRetailHeader...), "2011-06-01.csv")
	require.ErrorContains(t, err, `2011-06-01.csv has two columns "CustomerID"`)
}

func FuzzClean(f *testing.F) {
	m, err := mapping.Load("online-retail.yaml")
	require.NoError(f, err)
	cleaner, err := m.Bind(onlineRetailHeader, "fuzz.csv")
	require.NoError(f, err)
	f.Add("536365", "85123A", "LAMP", "6", "2011-06-01 08:26:00", "2.55", "17850.0")
	f.Add("C1", "85123A", "\xff", "-6", "2011-06-01 08:26:00", "1e308", "\u00a0.0")
	f.Add("", "99999", "", "1e300", "0001-01-01 00:00:00", "1e300", ".0")
	f.Fuzz(func(t *testing.T, invoice, code, title, quantity, date, price, customer string) {
		row := []string{invoice, code, title, quantity, date, price, customer, "France"}
		event, item, rejection := cleaner.Clean(row)
		if rejection != nil {
			require.NotEmpty(t, rejection.Reason)
			return
		}
		require.NotEmpty(t, event.UserID)
		require.NotEmpty(t, event.ItemID)
		require.Equal(t, event.ItemID, item.ItemID)
		require.True(t, event.Type.Valid())
		require.Equal(t, time.UTC, event.Time.Location())
		for _, text := range []string{event.UserID, event.ItemID, event.SessionID, item.Title} {
			require.True(t, utf8.ValidString(text))
		}
		for _, number := range []float64{event.Value, event.Quantity, event.Price} {
			require.False(t, number < 0 || math.IsNaN(number) || math.IsInf(number, 0))
		}
		day, known := cleaner.Day(row)
		require.True(t, known)
		require.Equal(t, events.DayOf(event.Time, m.Location()), day)
	})
}
