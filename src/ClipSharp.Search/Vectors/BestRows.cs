namespace ClipSharp.Search.Vectors;

/// <summary>The rows that may be among the best of a query, by products that are right within a bound: all that are not surely
/// beaten by as many others. One thread at a time.</summary>
/// <param name="count">How many are wanted, 1 or more.</param>
/// <param name="least">Rows that score less are not wanted.</param>
/// <param name="bound">The largest error of a product.</param>
internal sealed class BestRows(int count, float least, float bound)
{
    private readonly List<VectorHit> _kept = [];
    private int _limit = Math.Max(2 * count, 256);
    private float _threshold = least - bound;

    /// <summary>What scores less is surely none of the best.</summary>
    public float Threshold => _threshold;

    /// <summary>Adds rows in their order; a NaN is never kept.</summary>
    /// <param name="products">[N].</param>
    /// <param name="first">The number of the first.</param>
    public void Add(ReadOnlySpan<float> products, long first)
    {
        for (var i = 0; i < products.Length; i++)
        {
            if (products[i] >= _threshold)
            {
                Add(new VectorHit(first + i, products[i]));
            }
        }
    }

    /// <summary>Adds one row.</summary>
    public void Add(VectorHit hit)
    {
        if (hit.Score >= _threshold)
        {
            _kept.Add(hit);
            if (_kept.Count >= _limit)
            {
                Prune();
            }
        }
    }

    /// <summary>What was kept, in no order.</summary>
    public IReadOnlyList<VectorHit> Kept
    {
        get
        {
            Prune();
            return _kept;
        }
    }

    private void Prune()
    {
        if (_kept.Count > count)
        {
            _kept.Sort((a, b) => b.Score.CompareTo(a.Score));
            _threshold = Math.Max(_threshold, _kept[count - 1].Score - (2 * bound));
            _kept.RemoveAll(hit => hit.Score < _threshold);
        }

        _limit = Math.Max(_limit, 2 * _kept.Count); // rows that tie are all kept
    }
}
