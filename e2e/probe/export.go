package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

type exportCommand struct {
	Folder   string `arg:"" help:"Folder to write a file for each day into."`
	From     string `default:"2025-01-06" help:"First day."`
	Days     int    `default:"28" help:"Number of days."`
	Shoppers int    `default:"150" help:"Number of shoppers."`
	Items    int    `default:"60" help:"Number of items."`
	Seed     uint64 `default:"1" help:"The same seed gives the same export."`
}

// columns are those that events/mapping/simulated.yaml reads.
var columns = []string{"order", "placed_at", "customer", "sku", "title", "department", "quantity", "unit_price", "status"}

// Run writes what a small shop's orders of each day would be: each shopper buys
// now and then, mostly of one department and often the same again. It is enough
// for a model to be learned, not for one to be judged.
func (c exportCommand) Run() error {
	start, err := time.Parse(time.DateOnly, c.From)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	if err := os.MkdirAll(c.Folder, 0o777); err != nil {
		return fmt.Errorf("make the export's folder: %w", err)
	}
	random := rand.New(rand.NewPCG(c.Seed, 0))
	for day := range c.Days {
		if err := c.writeDay(start.AddDate(0, 0, day), random); err != nil {
			return err
		}
	}
	return nil
}

const departments = 6

func (c exportCommand) writeDay(day time.Time, random *rand.Rand) error {
	file, err := os.Create(filepath.Join(c.Folder, day.Format(time.DateOnly)+".csv"))
	if err != nil {
		return fmt.Errorf("make the day's file: %w", err)
	}
	writer := csv.NewWriter(file)
	err = writer.Write(columns)
	for shopper := range c.Shoppers {
		if random.Float64() > 0.3 {
			continue
		}
		placed := day.Add(time.Duration(8*3600+random.IntN(12*3600)) * time.Second)
		order := strconv.Itoa(100000 + random.IntN(900000))
		for range 1 + random.IntN(4) {
			item := c.pick(shopper, random)
			err = errors.Join(err, writer.Write([]string{
				order, placed.Format("02/01/2006 15:04:05"), strconv.Itoa(10000 + shopper),
				fmt.Sprintf("SKU-%03d", item), fmt.Sprintf("Item %d", item), fmt.Sprintf("department-%d", item%departments),
				"1", fmt.Sprintf("%d.50", 1+item%20), "paid",
			}))
		}
	}
	writer.Flush()
	return errors.Join(err, writer.Error(), file.Close())
}

// pick is an item of the shopper's department four times in five.
func (c exportCommand) pick(shopper int, random *rand.Rand) int {
	if random.Float64() < 0.2 {
		return random.IntN(c.Items)
	}
	// The few that stand first are bought most, and so again.
	rank := min(random.IntN(c.Items/departments), random.IntN(c.Items/departments))
	return rank*departments + shopper%departments
}
