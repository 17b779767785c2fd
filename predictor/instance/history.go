package instance

import (
	"time"

	"github.com/daybreak-ml/daybreak/model"
)

// History reads the list of a shopper's interactions: item ids, each a view now, or objects with
// item_id, type, time and value.
func History(r *Reader) ([]model.Interaction, error) {
	var history []model.Interaction
	_, err := r.List("a list of item ids and objects with an item_id", MaxHistory, func(int) error {
		interaction, err := decodeInteraction(r)
		history = append(history, interaction)
		return err
	})
	return history, err
}

// DecodeHistory reads a document that is a history.
func DecodeHistory(document string) ([]model.Interaction, error) {
	var history []model.Interaction
	err := Quoted(document, func(r *Reader) (err error) {
		history, err = History(r)
		return err
	})
	return history, err
}

func decodeInteraction(r *Reader) (model.Interaction, error) {
	var interaction model.Interaction
	if r.IsString() {
		if err := r.String("a string", &interaction.Item); err != nil {
			return interaction, err
		}
		if interaction.Item == "" {
			return interaction, &Error{Field: "item_id", Message: "is empty; it must name an item"}
		}
		return interaction, nil
	}
	present, err := r.Object("an item id or an object with an item_id", func(name string) error {
		switch name {
		case "item_id":
			return r.String("a string", &interaction.Item)
		case "type":
			return r.String(`a string such as "cart"`, &interaction.Type)
		case "value":
			return r.Float("a number", &interaction.Value)
		case "time":
			return decodeTime(r, &interaction.Time)
		}
		return r.Skip()
	})
	switch {
	case err != nil:
		return interaction, err
	case !present || interaction.Item == "":
		return interaction, &Error{Field: "item_id", Message: "is missing or empty; it must name an item"}
	}
	return interaction, nil
}

func decodeTime(r *Reader, into *time.Time) error {
	const kind = `a time such as "2011-11-08T10:00:00Z"`
	var written string
	if err := r.String(kind, &written); err != nil || written == "" {
		return err
	}
	at, err := time.Parse(time.RFC3339, written)
	if err != nil {
		return mustBe(kind)
	}
	*into = at
	return nil
}
