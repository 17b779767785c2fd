package simulate

import (
	"fmt"
	"math/rand/v2"
)

// department is a part of the shop, and what it sells.
type department struct {
	code, name string
	nouns      []string
}

var departments = []department{
	{"LIG", "Lighting", []string{"Lantern", "Table Lamp", "Fairy Lights", "Candle Holder", "Night Light"}},
	{"KIT", "Kitchen", []string{"Cake Tin", "Recipe Box", "Tea Towel", "Egg Cup", "Jam Jar"}},
	{"GAR", "Garden", []string{"Bird Feeder", "Planter", "Watering Can", "Wind Chime", "Trellis"}},
	{"TOY", "Toys", []string{"Puzzle", "Spinning Top", "Doll House", "Kite", "Toy Train"}},
	{"STA", "Stationery", []string{"Notebook", "Gift Wrap", "Greeting Card", "Pencil Case", "Calendar"}},
	{"TEX", "Textiles", []string{"Cushion", "Throw", "Apron", "Tote Bag", "Bunting"}},
	{"BAT", "Bath", []string{"Soap Dish", "Hand Towel", "Bath Salts", "Mirror", "Laundry Bag"}},
	{"TAB", "Tableware", []string{"Mug", "Milk Jug", "Dinner Plate", "Cutlery Set", "Coaster"}},
}

var (
	materials = []string{"Glass", "Oak", "Enamel", "Linen", "Felt", "Brass", "Paper", "Ceramic", "Wicker", "Tin"}
	looks     = []string{"Red", "Spotty", "Vintage", "Striped", "Blue", "Floral", "Mint", "Plain", "Gingham", "Ivory", "Retro", "Star"}
)

// namer gives each item a title of its own.
type namer struct{ given map[string]int }

func newNamer() *namer { return &namer{given: map[string]int{}} }

func (n *namer) title(random *rand.Rand, department int) string {
	nouns := departments[department].nouns
	title := fmt.Sprintf("%s %s %s",
		looks[random.IntN(len(looks))], materials[random.IntN(len(materials))], nouns[random.IntN(len(nouns))])
	n.given[title]++
	if n.given[title] > 1 {
		return fmt.Sprintf("%s No. %d", title, n.given[title])
	}
	return title
}
