using System.Numerics;

namespace ClipSharp;

/// <summary>What a random number is for: streams of different purposes never meet.</summary>
public enum RandomPurpose
{
    /// <summary>The order of samples in an epoch.</summary>
    SampleOrder = 1,

    /// <summary>Which of a picture's captions an epoch uses.</summary>
    CaptionChoice = 2,

    /// <summary>Crops and other changes of a training picture.</summary>
    Augmentation = 3,

    /// <summary>Initial weights.</summary>
    Initialization = 4,

    /// <summary>The built-in corpus.</summary>
    Synthesis = 5,

    /// <summary>Dropout of patches, tokens and activations.</summary>
    Dropout = 6,

    /// <summary>Stochastic rounding.</summary>
    Rounding = 7,

    /// <summary>Resampling for confidence intervals.</summary>
    Resampling = 8,

    /// <summary>Changes of a caption's text.</summary>
    CaptionVariation = 9,

    /// <summary>Whether all captions of a picture are joined.</summary>
    CaptionJoin = 10,

    /// <summary>The captions of wrong pictures, for a control.</summary>
    PairShuffle = 11,

    /// <summary>Which pictures are held back for validation.</summary>
    ValidationSplit = 12,

    /// <summary>The order of shards in an epoch.</summary>
    ShardOrder = 13,

    /// <summary>The order of samples that are read together.</summary>
    WindowOrder = 14,

    /// <summary>Samples drawn with replacement.</summary>
    SampleDraw = 15,
}

/// <summary>Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// The n-th number is a pure function of (seed, purpose, step, element, n): nothing to save, nothing to lose.
/// A mutable struct: pass it by reference. Not thread-safe.</summary>
public struct RandomStream
{
    private const ulong ElementOffset = 0x632BE59BD9B4E019UL; // so that step 1, element 0 is not step 0, element 1

    private readonly uint _key0, _key1, _counter2, _counter3;
    private ulong _block;
    private uint _x0, _x1, _x2, _x3;
    private int _left;

    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="step">Step or epoch.</param>
    /// <param name="element">Sample or parameter.</param>
    public RandomStream(long seed, RandomPurpose purpose, long step = 0, long element = 0)
    {
        var moved = (ulong)element + ElementOffset;
        var key = Mix((ulong)seed ^ Mix((ulong)purpose), TopBits((ulong)seed));
        var counter = Mix((ulong)step ^ Mix(moved, TopBits(moved ^ ElementOffset)), TopBits((ulong)step));
        (_key0, _key1) = ((uint)key, (uint)(key >> 32));
        (_counter2, _counter3) = ((uint)counter, (uint)(counter >> 32));
        _block = 0;
        _left = 0;
        _x0 = _x1 = _x2 = _x3 = 0;
    }

    /// <summary>32 uniform bits.</summary>
    public uint NextUInt32()
    {
        if (_left == 0)
        {
            (_x0, _x1, _x2, _x3) = Philox(_key0, _key1, (uint)_block, (uint)(_block >> 32), _counter2, _counter3);
            _block++;
            _left = 4;
        }

        _left--;
        return _left switch { 3 => _x0, 2 => _x1, 1 => _x2, _ => _x3 };
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64() => NextUInt32() | ((ulong)NextUInt32() << 32);

    /// <summary>A number in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [low, high).</summary>
    public double NextDouble(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>An integer in [0, bound), without bias beyond 2^-32; bound ≥ 1.</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)(((ulong)NextUInt32() * (uint)bound) >> 32);
    }

    /// <summary>An integer in [0, bound), without bias beyond bound · 2^-64; bound ≥ 1.</summary>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (long)Math.BigMul(NextUInt64(), (ulong)bound, out _);
    }

    /// <summary>True with the given probability.</summary>
    public bool NextBool(double probability) => NextDouble() < probability;

    /// <summary>A standard normal number (Box and Muller).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong TopBits(ulong x) => x >> 62;

    /// <summary>Ten rounds of Philox4x32; the published test vectors hold.</summary>
    internal static (uint, uint, uint, uint) Philox(uint key0, uint key1, uint c0, uint c1, uint c2, uint c3)
    {
        for (var round = 0; round < 10; round++)
        {
            var product0 = (ulong)0xD2511F53 * c0;
            var product1 = (ulong)0xCD9E8D57 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1,
                (uint)product0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    // Spreads neighbouring seeds and steps over all bits, as SplitMix64's finaliser does. x and its rotation together are the
    // same for four numbers: x, its complement, and both with every second bit turned over. They differ in their two top bits,
    // which the lowest two tell apart: no sum of x and a rotation has an odd number of ones in its even or in its odd places.
    private static ulong Mix(ulong x, ulong topBits = 0)
    {
        x = (x ^ BitOperations.RotateRight(x, 30) ^ topBits) + 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
