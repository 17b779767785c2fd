package mlflow

import "errors"

// searchPageSize is how many results one request of a search asks for.
const searchPageSize = 1000

// pages fetches page after page until there is none left or limit (0: none) is
// reached. fetch is handed the token of the page and how many results to ask
// for, and returns how many it got and the next page's token, empty at the end.
func pages(limit, pageSize int, fetch func(token string, size int) (got int, next string, err error)) error {
	token := ""
	for total := 0; limit == 0 || total < limit; {
		size := pageSize
		if limit > 0 {
			size = min(size, limit-total)
		}
		got, next, err := fetch(token, size)
		if err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		if next == token {
			return errors.New("the server gave the same page token twice")
		}
		total += got
		token = next
	}
	return nil
}
