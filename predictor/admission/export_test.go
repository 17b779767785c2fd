package admission

// Waiting returns how many wait.
func (g *Gate[J]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
