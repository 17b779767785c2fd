package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/model"
)

// A catalogue is a model that is served, and the shoppers that are asked for.
type catalogue struct {
	Name   string
	Folder string
	Items  int
	Users  []string // one after the other
}

// asked is how many shoppers are asked for, at most.
const asked = 2000

// A choice is a model that can be measured.
type choice struct {
	name string // that --only takes
	make func() (catalogue, error)
}

// choices returns the models there are, in the order in which they are measured.
func (b *benchmark) choices() []choice {
	all := []choice{{"shop", b.shop}}
	for _, s := range []size{{"10k", 5_000, 10_000, 64}, {"100k", b.Users, 100_000, 64}, {aloneWith, 100_000, 1_000_000, 64}} {
		all = append(all, choice{s.Name, func() (catalogue, error) { return b.simulated(s) }})
	}
	return all
}

// simulated returns a model of a size, which is written unless it is there.
func (b *benchmark) simulated(s size) (catalogue, error) {
	c := catalogue{Name: s.Name, Folder: filepath.Join(b.Work, s.Name), Items: s.Items}
	for u := range min(asked, s.Users) {
		c.Users = append(c.Users, userID(u*stride%s.Users))
	}
	if _, err := os.Stat(c.Folder); err == nil {
		return c, nil
	}
	p, err := simulateModel(s)
	if err != nil {
		return c, err
	}
	return c, model.Write(c.Folder, p)
}

// stride is how many rows lie between one shopper and the next: a prime, so that all rows have their turn.
const stride = 7919

// trained returns a model that was trained, with shoppers of it.
func trained(name, folder string) (c catalogue, err error) {
	m, err := model.Load(folder)
	if err != nil {
		return catalogue{}, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	c = catalogue{Name: fmt.Sprintf("%s, %d items", name, m.Items()), Folder: folder, Items: m.Items()}
	for u := range min(asked, m.Users()) {
		c.Users = append(c.Users, m.UserID(u*stride%m.Users()))
	}
	return c, nil
}
