// Package events holds what shoppers did: the vocabulary every part of Daybreak speaks, and the
// store that keeps it, one partition a day.
//
// Data flows one way:
//
//	a shop's export ─ source/csv ─▶ rows ─ mapping ─▶ events, or a reason why not
//	                                                     │ ingest
//	                                                     ▼
//	<root>/events/dt=2011-06-01/      part-00000.parquet  _manifest.json  [_hold.json]
//	<root>/items/dt=2011-06-01/       part-00000.parquet  _manifest.json
//	<root>/quarantine/dt=2011-06-01/  part-00000.parquet  _manifest.json
//
// An [Event] says who did what to which item, and when. Days are the shop's calendar days in its
// time zone ([Day]); times are stored in UTC. An [Item] is what is known of a product at a day's
// end; each day's partition under items/ is a full snapshot. A row of the source that can't be used
// lies under quarantine/ with its reason, so that every row read is kept, a duplicate, or
// quarantined, and [Store.WriteDay] refuses a day whose counts don't add up.
//
// A partition exists once its _manifest.json does: the manifest names the Parquet file that counts
// and its SHA-256, and is moved into place last. Whatever else a killed writer leaves behind is
// ignored by readers and removed by the next write. Writing the same day again leaves the same
// bytes; writing other content raises the manifest's generation.
//
// A day that should not be learned from is held ([Store.Hold]): it stays readable, and
// [Store.DaysBefore], which says what to train on, leaves it out until it is released.
//
// [Store.ReadDay] gives a day as events; [Store.ReadDayColumns] gives it column by column with
// shoppers and items as small integers, for a trainer that reads a year each night.
package events
