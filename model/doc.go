// Package model is what trainer and predictor share: the model as a folder on disk and the scoring
// itself, so that what the trainer evaluates is the very code that serves.
//
// The trainer fills [Parameters] and either scores with them at once ([New]) or writes them as a
// folder ([Write]) that is never changed again. A predictor opens the folder with [Load], which
// refuses it, with an [*IntegrityError] naming the file, unless every byte is what was written, and
// maps the tensors into memory rather than reading them. [VerifyGolden] then asks the model the
// questions whose answers the trainer wrote down.
//
//	MLmodel             MLflow's description: flavors daybreak and python_function, signature
//	config.json         Config: everything a scorer or an auditor needs
//	model.safetensors   the tensors, each aligned to 64 bytes
//	items.parquet       row i describes row i of item_factors; ids ascend
//	users.parquet       row u names row u of user_factors; ids ascend
//	items.index         the same for lookups and filters, mapped; may be missing
//	users.index         likewise
//	golden.json         requests and the answers this model must give
//	training.json       params, metrics and tags of the run, as they go to MLflow
//	input_example.json  an input of the python_function flavor
//	requirements.txt    what that flavor needs
//	code/               that flavor
//	CHUNKSUMS.json      sums of the chunks of large files, for all cores; missing without these
//	SHA256SUMS          of every other file; none is unlisted
//
// Tensors of model.safetensors, with d the rank:
//
//	item_factors       float32 [items, d]
//	user_factors       float32 [users, d]
//	item_item.indptr   int64 [items+1]   compressed sparse rows: row i holds the places indptr[i]
//	item_item.indices  int32 [n]         to indptr[i+1] of indices (items) and weights
//	item_item.weights  float32 [n]
//	past.indptr        int64 [users+1]   a shopper's own items, weights decayed to the as-of
//	past.indices       int32 [m]
//	past.weights       float32 [m]
//	popularity         float32 [items]
//
// Tensors named padding.N carry nothing: they fill the gaps that alignment leaves, because readers
// of the format accept none.
package model
