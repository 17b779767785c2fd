//go:build !amd64

package vec

const accelerated = false

func dotFMA(a, b *float32, n int) float32 { panic("vec: no assembly for this processor") }

func axpyFMA(alpha float32, x, y *float32, n int) { panic("vec: no assembly for this processor") }
