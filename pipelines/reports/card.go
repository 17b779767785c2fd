package reports

import "github.com/daybreak-ml/daybreak/mlflow"

// Card describes a model for people, as `trainer card` prints it.
type Card struct {
	AsOf     string                `json:"as_of"`
	K        int                   `json:"k"`        // the length of the lists it describes
	Days     int                   `json:"days"`     // that "recent" means
	Shoppers int                   `json:"shoppers"` // whose lists were made
	Metrics  map[string]float64    `json:"metrics"`
	Coverage Coverage              `json:"coverage"`
	Scores   []Scores              `json:"scores"`
	Bands    []Band                `json:"bands"`
	Tables   []Table               `json:"tables"`
	Datasets []mlflow.DatasetInput `json:"datasets"`
}

// Coverage says how much of the shop its recommendations show.
type Coverage struct {
	Items       int     `json:"items"`       // that the model knows
	Recommended int     `json:"recommended"` // of them, in anybody's list
	Bought      int     `json:"bought"`      // of them, recently
	Repeats     float64 `json:"repeats"`     // share of the places that hold what the shopper had before
	Novelty     float64 `json:"novelty"`     // mean over the places of the bits by which an item's sale surprises
}

// Scores is the distribution of the score at one place of the lists, over equally wide bins.
type Scores struct {
	Place  int     `json:"place"` // 1 is the first
	Lower  float64 `json:"lower"`
	Upper  float64 `json:"upper"`
	Median float64 `json:"median"`
	Counts []int   `json:"counts"`
}

// A Band is some of the items, by how well they sell, with their share of what is bought and of what
// is recommended.
type Band struct {
	Name        string  `json:"name"`
	Items       int     `json:"items"`
	Bought      float64 `json:"bought"`
	Recommended float64 `json:"recommended"`
}

// A Table is shown as it is.
type Table struct {
	File  string `json:"file"` // the artifact's path in a run
	Title string `json:"title"`
	mlflow.Table
}
