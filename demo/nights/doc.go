// Package nights runs the nights of a demo, each by the program pipelines, as a schedule would run
// it: one after the other, while shoppers ask.
//
// A demo may be sabotaged ([Sabotage]): one night's day comes with its orders dealt to the wrong
// shoppers, or one night trains with poisoned settings. Then the night has to say so, the version
// that serves has to stay, and the next night has to go on as if nothing had happened.
package nights
