package content

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// An Item is what a catalogue says of one.
type Item struct {
	Title, Category string
}

// A Catalogue finds like items. It isn't changed once made.
type Catalogue struct {
	words    map[string]int32
	vectors  [][]term // by item, of length 1, words ascending; empty where nothing is said
	postings [][]posting
}

type term struct {
	word   int32
	weight float64
}

type posting struct {
	item   int32
	weight float64
}

// NewCatalogue makes a catalogue of items. A word counts the more, the fewer items
// have it (tf-idf); a category is one word more.
func NewCatalogue(items []Item) *Catalogue {
	c := &Catalogue{words: map[string]int32{}, vectors: make([][]term, len(items))}
	counts := make([]int, 0, len(items))
	for i, item := range items {
		for _, word := range words(item) {
			number, known := c.words[word]
			if !known {
				number = int32(len(counts))
				c.words[word] = number
				counts = append(counts, 0)
			}
			counts[number]++
			c.vectors[i] = append(c.vectors[i], term{word: number})
		}
	}
	c.postings = make([][]posting, len(counts))
	for i, vector := range c.vectors {
		slices.SortFunc(vector, func(a, b term) int { return cmp.Compare(a.word, b.word) })
		var square float64
		for n := range vector {
			vector[n].weight = math.Log1p(float64(len(items)) / float64(counts[vector[n].word]))
			square += vector[n].weight * vector[n].weight
		}
		for n := range vector {
			vector[n].weight /= math.Sqrt(square)
			c.postings[vector[n].word] = append(c.postings[vector[n].word], posting{int32(i), vector[n].weight})
		}
	}
	return c
}

// words returns an item's words, each once.
func words(item Item) []string {
	found := strings.FieldsFunc(strings.ToLower(item.Title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if item.Category != "" {
		found = append(found, "category: "+item.Category)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Alike is an item with how alike it is to another.
type Alike struct {
	Item   int32
	Cosine float64 // above 0, 1 for the same words
}

// A Finder looks up items of a catalogue, reusing its memory.
type Finder struct {
	catalogue *Catalogue
	cosines   []float64 // [items]
	touched   []int32
}

// NewFinder returns a finder.
func (c *Catalogue) NewFinder() *Finder {
	return &Finder{catalogue: c, cosines: make([]float64, len(c.vectors))}
}

// Nearest returns the items that are most alike to one, at most so many of those
// that admit lets through, the most alike first, and of equals the lower.
func (f *Finder) Nearest(item int, most int, admit func(item int32) bool) []Alike {
	for _, term := range f.catalogue.vectors[item] {
		for _, p := range f.catalogue.postings[term.word] {
			if f.cosines[p.item] == 0 {
				f.touched = append(f.touched, p.item)
			}
			f.cosines[p.item] += term.weight * p.weight
		}
	}
	var found []Alike
	for _, other := range f.touched {
		if int(other) != item && admit(other) {
			found = append(found, Alike{other, f.cosines[other]})
		}
		f.cosines[other] = 0
	}
	f.touched = f.touched[:0]
	slices.SortFunc(found, func(a, b Alike) int { return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Item, b.Item)) })
	return found[:min(most, len(found))]
}
