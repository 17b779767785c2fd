package admission

import "context"

// A Watcher is told that the context has ended that it watches.
type Watcher interface {
	// Gone is called once, and doesn't wait. It calls nothing of the context.
	Gone()
}

// A Watched is a context that tells who waits that it has ended, without a channel for each that does. Contexts made of one
// are others: they may end earlier.
type Watched interface {
	context.Context
	// Watch has somebody told when the context ends; at once, if it has.
	Watch(by Watcher)
	// Unwatch has it told no more: when this returns, it was told, or never will be.
	Unwatch()
}
