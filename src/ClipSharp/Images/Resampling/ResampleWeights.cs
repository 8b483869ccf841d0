namespace ClipSharp.Images.Resampling;

/// <summary>Which source pixels make each result pixel along one axis, and with what weight, in Pillow's fixed point
/// (<c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> of Pillow's Resample.c).</summary>
internal sealed class ResampleWeights
{
    /// <summary>Weights are rounded to 2^-22; a sum over bytes then fits 32 bits with room for overshoot.</summary>
    public const int FractionBits = 22;

    /// <summary>Half a unit: what a sum starts with so that the shift rounds.</summary>
    public const int Half = 1 << (FractionBits - 1);

    private readonly int[] _weights;
    private readonly int[] _first;
    private readonly int[] _count;
    private readonly double[] _exact;
    private readonly int _stride;

    /// <param name="source">Source pixels on this axis.</param>
    /// <param name="result">Pixels of the whole result.</param>
    /// <param name="from">The first result pixel asked for.</param>
    /// <param name="count">How many are.</param>
    /// <param name="kernel">The filter.</param>
    /// <param name="keepExact">Whether <see cref="ExactOf"/> will be asked.</param>
    public ResampleWeights(int source, int result, int from, int count, FilterKernel kernel, bool keepExact = false)
    {
        var scale = (double)source / result;
        var filterScale = Math.Max(scale, 1.0); // shrinking widens the filter, which is what keeps it from aliasing
        var support = kernel.Support * filterScale;
        _stride = ((int)Math.Ceiling(support) * 2) + 1;
        _weights = new int[ArrayLength.Of("weights of a resized picture", count, _stride)];
        _first = new int[count];
        _count = new int[count];
        _exact = keepExact ? new double[_weights.Length] : [];

        var exact = new double[_stride];
        for (var i = 0; i < count; i++)
        {
            var center = (from + i + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var taps = Math.Min((int)(center + support + 0.5), source) - first;
            var sum = 0.0;
            for (var t = 0; t < taps; t++)
            {
                exact[t] = kernel.Value((t + first - center + 0.5) * (1.0 / filterScale));
                sum += exact[t];
            }

            for (var t = 0; t < taps; t++)
            {
                exact[t] = sum == 0 ? exact[t] : exact[t] / sum;
                var weight = exact[t] * (1 << FractionBits);
                _weights[(i * _stride) + t] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
            }

            if (keepExact)
            {
                exact.AsSpan(0, taps).CopyTo(_exact.AsSpan(i * _stride));
            }

            (_first[i], _count[i]) = (first, taps);
        }
    }

    /// <summary>Result pixels.</summary>
    public int Count => _first.Length;

    /// <summary>The first source pixel that any result pixel needs.</summary>
    public int Begin => _first[0];

    /// <summary>Behind the last source pixel that any result pixel needs.</summary>
    public int End => _first[^1] + _count[^1];

    /// <summary>The first source pixel of result pixel i.</summary>
    public int First(int i) => _first[i];

    /// <summary>The weights of result pixel i.</summary>
    public ReadOnlySpan<int> Of(int i) => _weights.AsSpan(i * _stride, _count[i]);

    /// <summary>The weights of result pixel i before they were rounded.</summary>
    public ReadOnlySpan<double> ExactOf(int i) => _exact.AsSpan(i * _stride, _count[i]);
}
