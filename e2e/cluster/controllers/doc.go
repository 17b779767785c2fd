// Package controllers installs the controllers that Daybreak works with, from
// the manifests in their own modules, as pods under their own service accounts.
//
// Below manifests/ each has a kustomization over the module's: it names the image
// built here in place of the published one, hands over a webhook certificate in
// place of cert-manager's, and sets what a cluster of this kind needs.
package controllers
