// Package golden makes the requests that a model must answer the same wherever
// it is loaded.
package golden

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
)

const (
	length    = 10
	shoppers  = 8    // known shoppers that are asked for
	tolerance = 1e-3 // between instruction sets, on scores of the order of 1
)

// Make asks the model a few requests of each kind and writes its answers down.
func Make(m *model.Model) ([]model.GoldenCase, error) {
	var cases []model.GoldenCase
	for _, request := range requests(m) {
		answer, err := m.Recommend(request)
		if err != nil {
			return nil, fmt.Errorf("make golden requests: %w", err)
		}
		cases = append(cases, model.GoldenCase{Request: request, Answer: answer, Tolerance: tolerance})
	}
	return cases, nil
}

func requests(m *model.Model) []model.Request {
	first, middle := m.ItemID(0), m.ItemID(m.Items()/2)
	requests := []model.Request{
		{K: length},
		{K: length, User: "a shopper nobody knows", History: []model.Interaction{{Item: first}, {Item: middle, Type: "purchase"}}},
		{K: length, SimilarTo: middle},
	}
	step := max(1, m.Users()/shoppers)
	for row := 0; row < m.Users(); row += step {
		user := m.UserID(row)
		requests = append(requests,
			model.Request{K: length, User: user},
			model.Request{K: length, User: user, ExcludeSeen: true, Exclude: []string{first}},
			model.Request{K: length, User: user, History: []model.Interaction{{Item: middle, Type: "cart"}}},
		)
	}
	return requests
}
