// Package mapping reads a shop's own rows as events, as a YAML file says.
//
// A mapping names the columns of the export, says how times and numbers are written, which type of
// event a row is, and which rows can't be used, each for a reason:
//
//	name: my-shop
//	time_zone: Europe/Berlin
//	csv: {delimiter: ";", decimal: ","}
//	event:
//	  user: {column: Kunde}
//	  item: {column: Artikel, case: upper}
//	  time: {column: Zeit, layout: "02.01.2006 15:04"}
//	  type: {column: Vorgang, values: {Ansicht: view, Kauf: purchase}}
//	  quantity: {column: Menge}
//	  price: {column: Preis}
//	  value: {product_of: [quantity, price]}
//	item:
//	  title: {column: Bezeichnung}
//	quarantine:
//	  - reason: test_order
//	    when: [{column: Kunde, matches: "^TEST"}]
//
// [Load] reads such a file and says file, line and field of whatever is wrong with it.
// [Mapping.Bind] fits it to the header of an export, and the [Cleaner] that comes out turns rows
// into events, or into a reason why not. Besides the mapping's own reasons there are those of
// this package, such as [ReasonBadTime].
//
// online-retail.yaml reads UCI's Online Retail, simulated.yaml what package simulate writes; both
// are worth copying from.
package mapping
