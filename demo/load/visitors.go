package load

import (
	"encoding/json"
	"fmt"
)

// size is how many items each request asks for.
const size = 10

// Visitors are who asks: shoppers of the shop and strangers, some with what they looked at just now.
type Visitors struct {
	Shoppers []string // ids that the model may know; at least one
	Items    []string // ids of items to look at; at least one
}

// instance is a request for one shopper, as KServe's V1 protocol carries it.
type instance struct {
	User    string   `json:"user_id"`
	History []string `json:"history,omitempty"`
	K       int      `json:"k"`
}

type predict struct {
	Instances []instance `json:"instances"`
}

// request is the body of the i-th request. In turn they are of a shopper, of a shopper who looks at
// an item, of a stranger, and of a stranger who looks at an item.
func (v Visitors) request(i int) ([]byte, error) {
	asked := instance{User: v.Shoppers[i/4%len(v.Shoppers)], K: size}
	if i%4 >= 2 {
		asked.User = fmt.Sprintf("stranger-%d", i)
	}
	if i%2 == 1 {
		asked.History = []string{v.Items[i/2%len(v.Items)]}
	}
	return json.Marshal(predict{Instances: []instance{asked}})
}
