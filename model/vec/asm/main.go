package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64")
	for _, m := range machines {
		m.products("tileAdd", `adds aᵀ·b to the tile [16, 16] at c, where a and b are [k, 16].`, false)
		m.products("tileSubtract", `subtracts aᵀ·b from the tile [16, 16] at c, where a and b are [k, 16].`, true)
		if !m.wide {
			m.subtractUpper()
		}
		m.tileFactor()
		m.tileSolve()
		m.strip()
		m.stripDots()
		m.dot()
		m.negativeProduct()
		m.direction()
		m.advance()
		m.gather()
		m.pack()
		m.updateRow()
		m.reflect()
		m.sweep()
	}
	Generate()
}
