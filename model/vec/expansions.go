package vec

// expansions says for each set of eight columns which value each of them gets, by how many columns before it are set; a column
// that isn't set has what is negative.
var expansions = newExpansions()

func newExpansions() (table [1 << lanes][lanes]int8) {
	for set := range table {
		next := int8(0)
		for column := range lanes {
			table[set][column] = -1
			if set>>column&1 == 1 {
				table[set][column] = next
				next++
			}
		}
	}
	return table
}
