using ClipSharp.Evaluation.Overlaps.Fingerprints;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>When a test picture counts as seen in training. Precision comes first, as in the paper (section 5): vectors of a
/// model put pictures of the same thing beside each other, so that they only propose, and the perceptual hash has to agree. Equal
/// pixels need neither.</summary>
/// <param name="Near">The least cosine, −1 to 1.</param>
/// <param name="HashDistance">The largest distance of the hashes, 0 to 255.</param>
public sealed record OverlapRule(double Near, int HashDistance)
{
    /// <summary>What most copies keep and hardly any other photograph has, measured in docs/evaluating.md; to be looked at by eye
    /// for one's own data.</summary>
    public static OverlapRule Default { get; } = new(0.8, 64);

    /// <summary>Whether a pair is a picture and its copy.</summary>
    public bool Holds(OverlapPair pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        return pair.IsIdentical || (pair.Cosine >= (float)Near && pair.HashDistance <= HashDistance); // 0.9f is below 0.9
    }

    /// <summary>The same rule, when both numbers are in their ranges.</summary>
    /// <exception cref="ClipException">One is not (Usage).</exception>
    public OverlapRule Validated()
    {
        Require(Near is >= -1 and <= 1, "--near", FormattableString.Invariant($"{Near}"), "a cosine from -1 to 1, such as 0.8");
        Require(HashDistance is >= 0 and <= PerceptualHash.Bits, "--hash-distance",
            FormattableString.Invariant($"{HashDistance}"),
            FormattableString.Invariant($"a number of bits from 0 to {PerceptualHash.Bits}, such as 64"));
        return this;

        static void Require(bool holds, string option, string found, string expected)
        {
            if (!holds)
            {
                throw new ClipException(ClipError.Usage, "An option is out of range", option, found, expected,
                    "Leave it out for the usual value.");
            }
        }
    }
}
