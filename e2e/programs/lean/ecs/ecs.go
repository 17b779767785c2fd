// Package ecs is no provider of routes: a cluster for tests has none by Amazon's
// container service.
package ecs

import (
	"errors"

	"github.com/traefik/traefik/v3/pkg/config/dynamic"
	"github.com/traefik/traefik/v3/pkg/safe"
)

// Provider provides nothing.
type Provider struct{}

var errAbsent = errors.New("there is no provider for Amazon ECS in this build")

// Init refuses.
func (*Provider) Init() error { return errAbsent }

// Provide refuses.
func (*Provider) Provide(chan<- dynamic.Message, *safe.Pool) error { return errAbsent }
