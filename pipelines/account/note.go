package account

import (
	"fmt"
	"strings"
)

// Note is the account in Markdown, for the descriptions of a run and of a version.
func (a Account) Note() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	// The registry's list of versions shows the beginning as it is, so that holds no Markdown.
	line("%s, night of %s %s.\n", a.Headline(), a.Day.Weekday(), a.Day)
	for _, reason := range a.Reasons() {
		line("- %s", reason)
	}
	if a.Check != nil {
		line("- **Data check:** %s, %s.", a.Check.Verdict, a.Check.Summary())
	}
	if a.Card != nil && a.Card.Shoppers > 0 {
		c := a.Card.Coverage
		line("- **Lists:** %d shoppers are shown %d of %d items; %.0f %% of the places hold what they had before.",
			a.Card.Shoppers, c.Recommended, c.Items, 100*c.Repeats)
	}
	if a.Gate != nil {
		if a.Gate.Limits != "" {
			line("\n_What this can't show:_ %s", sentence(a.Gate.Limits))
		}
		line("\nThe whole report is the run's artifact `report.html`.")
	}
	return b.String()
}
