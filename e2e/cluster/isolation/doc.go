// Package isolation keeps a cluster apart from the machine it runs on: its own
// process, mount and network namespaces, its own branch of the control groups.
//
// The first process of the namespaces is Init. The kernel ends all others with
// it, and takes the mounts, bridges, packet-filter rules and addresses with the
// namespaces, so that a cluster that is killed leaves behind but empty control
// groups and its folder, which the next start or down removes.
package isolation
