package model

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// A scorer is what scoring derives from a model's parameters once. Its own
// memory is pooled, so that a request allocates what it answers and no more.
type scorer struct {
	parameters *Parameters
	blend      blendTable
	ground     func() []float32 // [items]: what popularity alone scores, made when first asked for
	pasts      func() []float32 // [items]: what a unit of weight on an item adds to its own score, made when first asked for
	itemItem   func() *vec.Sparse
	gramian    func() []float32        // made when the first history is folded in
	inverse    func() []float32        // [items]: 1 ÷ norm of each item's factors, made when first asked for
	codes      func() *vec.Codes       // of the item factors, made when first asked for; nil where they are of no use
	lifted     func() *vec.ScaledCodes // codes with the lifts as scales, made when first asked for; nil without codes
	normal     func() *vec.ScaledCodes // the same for what is similar to an item
	most       func() blockMost        // made when first asked for
	scratch    sync.Pool               // *scratch
	folds      sync.Pool               // *FoldIn
}

// A blendTable is blend weights made ready for scoring one catalogue.
type blendTable struct {
	itemItem, factors, popularity float32
	weights                       BlendWeights
}

func newScorer(p *Parameters) *scorer {
	s := &scorer{parameters: p, blend: newBlendTable(p.Config.Scoring.Blend)}
	s.ground = sync.OnceValue(s.popular)
	s.pasts = sync.OnceValue(s.unitPasts)
	s.itemItem = sync.OnceValue(func() *vec.Sparse {
		return vec.NewSparse(p.ItemItem.Indptr, p.ItemItem.Indices, p.ItemItem.Weights)
	})
	s.gramian = sync.OnceValue(func() []float32 {
		return blockedGramian(p.ItemFactors, p.Config.Rank, float32(p.Config.Scoring.Factorisation.UnobservedWeight))
	})
	s.inverse = sync.OnceValue(s.inverseNorms)
	s.codes = sync.OnceValue(func() *vec.Codes { return vec.NewCodes(p.ItemFactors, p.Config.Rank) })
	s.lifted = sync.OnceValue(func() *vec.ScaledCodes { return s.scaledCodes(p.Lift) })
	s.normal = sync.OnceValue(func() *vec.ScaledCodes { return s.scaledCodes(s.inverse()) })
	s.most = sync.OnceValue(s.mostOfBlocks)
	s.scratch.New = func() any { return newScratch(s) }
	s.folds.New = func() any {
		return NewFoldIn(p.Config.Scoring.Factorisation, p.ItemFactors, s.gramian(), p.Config.Rank)
	}
	return s
}

// gramianBlock is how many rows are summed before the sums are, as in training: fixed, so that the
// sum doesn't depend on the number of cores.
const gramianBlock = 4096

// blockedGramian is Gramian with all cores.
func blockedGramian(factors []float32, rank int, weight float32) []float32 {
	block := gramianBlock * rank
	sums := make([][]float32, (len(factors)+block-1)/block)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for b := range sums {
		group.Go(func() error {
			sums[b] = Gramian(factors[b*block:min((b+1)*block, len(factors))], rank, weight)
			return nil
		})
	}
	_ = group.Wait() // summing never fails
	total := make([]float32, rank*rank)
	for _, sum := range sums {
		vec.Axpy(1, sum, total)
	}
	return total
}

func newBlendTable(b BlendWeights) blendTable {
	return blendTable{
		itemItem:   float32(b.ItemItem),
		factors:    float32(b.Factors),
		popularity: float32(b.Popularity),
		weights:    b,
	}
}

// past returns what a unit of weight on an item of this popularity adds to its own score.
func (b blendTable) past(popularity float32) float32 {
	return float32(b.weights.Past * math.Pow(b.weights.PastOffset+float64(popularity), b.weights.PastExponent))
}

// popular returns what popularity alone scores, [items].
func (s *scorer) popular() []float32 {
	scores := make([]float32, len(s.parameters.Popularity))
	for i, popularity := range s.parameters.Popularity {
		scores[i] = s.blend.popularity * popularity
	}
	return scores
}

// unitPasts returns what a unit of weight on each item adds to its own score, [items].
func (s *scorer) unitPasts() []float32 {
	pasts := make([]float32, len(s.parameters.Popularity))
	_ = inParallel(len(pasts), func(begin, end int) error { // computing never fails
		for i := begin; i < end; i++ {
			pasts[i] = s.blend.past(s.parameters.Popularity[i])
		}
		return nil
	})
	return pasts
}

// addProfile adds to base [items] what the own past and the item-to-item weights score for a profile. past is what a
// unit of weight on each item adds to its own score, or nil to compute that for the profile's.
func (s *scorer) addProfile(table blendTable, past []float32, profile Profile, base []float32, memory *scratch) {
	p := s.parameters
	own, alphas := memory.own[:0], memory.alphas[:0]
	for n, item := range profile.Items {
		var unit float32
		if past == nil {
			unit = table.past(p.Popularity[item])
		} else {
			unit = past[item]
		}
		own = append(own, profile.Weights[n]*unit)
		alphas = append(alphas, table.itemItem*s.saturated(profile.Weights[n]))
	}
	s.itemItem().AxpyRows(profile.Items, own, alphas, base)
	memory.own, memory.alphas = own, alphas
}

func (s *scorer) saturated(weight float32) float32 {
	return Saturate(weight, s.parameters.Config.Scoring.Saturation)
}

// Saturate turns the weight of an item in a profile into what its neighbours are
// scored with, and learned from: the tenth purchase says less than the first.
func Saturate(weight float32, saturation float64) float32 {
	return float32(log1p(saturation * float64(weight)))
}

// fold writes the factors of a shopper with this profile to user [rank].
func (s *scorer) fold(profile Profile, user []float32) error {
	fold := s.folds.Get().(*FoldIn)
	defer s.folds.Put(fold)
	return fold.Solve(profile.Items, profile.Weights, user)
}

// inverseNorms returns 1 ÷ the norm of each item's factors, and 0 where that is 0.
func (s *scorer) inverseNorms() []float32 {
	p := s.parameters
	rank := p.Config.Rank
	inverse := make([]float32, len(p.Popularity))
	for i := range inverse {
		factor := p.ItemFactors[i*rank : (i+1)*rank]
		if norm := math.Sqrt(float64(vec.Dot(factor, factor))); norm > 0 {
			inverse[i] = float32(1 / norm)
		}
	}
	return inverse
}

// scaledCodes returns the codes with these scales [items], or nil where they are of no use.
func (s *scorer) scaledCodes(scale []float32) *vec.ScaledCodes {
	if codes := s.codes(); codes != nil {
		return codes.Scaled(scale)
	}
	return nil
}

// A blockMost is the greatest of each block of rows.
type blockMost struct {
	bases   []float32 // of what popularity alone scores
	reaches []float32 // of how far a user of length 1 moves a score
}

func (s *scorer) mostOfBlocks() blockMost {
	var most blockMost
	ground, reaches := s.ground(), s.lifted().Reaches
	for begin := 0; begin < len(ground); begin += blockRows {
		end := min(begin+blockRows, len(ground))
		most.bases = append(most.bases, slices.Max(ground[begin:end]))
		most.reaches = append(most.reaches, slices.Max(reaches[begin:end]))
	}
	return most
}

// ScoreProfile writes to scores [items] what every item scores for a shopper
// with this profile under the given blend weights rather than the model's own.
// It is how the trainer chooses the weights.
func (m *Model) ScoreProfile(profile Profile, blend BlendWeights, scores []float32) error {
	s, table := m.scorer, newBlendTable(blend)
	memory := s.borrow()
	defer s.giveBack(memory)
	for i, popularity := range m.parameters.Popularity {
		scores[i] = table.popularity * popularity
	}
	s.addProfile(table, nil, profile, scores, memory)
	if blend.Factors == 0 {
		return nil
	}
	if err := s.fold(profile, memory.user); err != nil {
		return err
	}
	rank := m.parameters.Config.Rank
	for begin := 0; begin < len(scores); begin += blockRows {
		end := min(begin+blockRows, len(scores))
		dots := memory.dots[:end-begin]
		vec.Dots(memory.user, m.parameters.ItemFactors[begin*rank:end*rank], dots)
		vec.Above(table.factors, m.parameters.Lift[begin:end], scores[begin:end], dots, 0)
		copy(scores[begin:end], dots)
	}
	return nil
}
