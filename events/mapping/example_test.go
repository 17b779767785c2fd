package mapping_test

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/events/mapping"
)

// A shop's mapping is fitted to the header of its export; then rows become events.
func Example() {
	m, err := mapping.Parse("my-shop.yaml", []byte(`
name: my-shop
time_zone: Europe/Berlin
csv: {delimiter: ";", decimal: ","}
event:
  user: {column: Kunde}
  item: {column: Artikel, case: upper}
  time: {column: Zeit, layout: "02.01.2006 15:04"}
  type: {column: Vorgang, values: {Ansicht: view, Kauf: purchase}}
  price: {column: Preis}
quarantine:
  - reason: test_order
    when: [{column: Kunde, matches: "^TEST"}]
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	cleaner, err := m.Bind([]string{"Zeit", "Kunde", "Artikel", "Vorgang", "Preis"}, "export.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	event, _, _ := cleaner.Clean([]string{"01.06.2011 09:30", "K-17", "a100", "Kauf", "2,55"})
	fmt.Println(event.UserID, event.Type, event.ItemID, event.Price, event.Time)

	_, _, rejection := cleaner.Clean([]string{"01.06.2011 09:31", "TEST-1", "a100", "Kauf", "2,55"})
	fmt.Println(rejection.Reason)

	_, err = m.Bind([]string{"Zeit", "Kunde", "Artikel"}, "export.csv")
	fmt.Println(err)
	// Output:
	// K-17 purchase A100 2.55 2011-06-01 07:30:00 +0000 UTC
	// test_order
	// my-shop.yaml:10: event.price.column: export.csv has no column "Preis"; its columns are Zeit, Kunde, Artikel
}
