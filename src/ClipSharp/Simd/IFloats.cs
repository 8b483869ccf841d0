namespace ClipSharp.Simd;

/// <summary>As many floats as a processor computes at once, so that a loop is written once for every width.</summary>
/// <typeparam name="TSelf">The width.</typeparam>
internal unsafe interface IFloats<TSelf> where TSelf : unmanaged, IFloats<TSelf>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf Fill(float number);

    static abstract TSelf Load(float* from);

    static abstract void Store(TSelf numbers, float* to);

    /// <summary>Twice <see cref="Count"/> bfloat16.</summary>
    static abstract (TSelf Lower, TSelf Upper) Widen(ushort* from);

    /// <summary>To the nearest bfloat16, ties to even; no NaN but one that was widened.</summary>
    static abstract void Narrow(TSelf lower, TSelf upper, ushort* to);

    /// <summary>a b + c, rounded once where the processor does.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Of each two; a NaN on the right stays one.</summary>
    static abstract TSelf Largest(TSelf left, TSelf right);

    /// <inheritdoc cref="Largest"/>
    static abstract TSelf Smallest(TSelf left, TSelf right);

    static abstract TSelf Round(TSelf numbers);

    /// <summary>2ⁿ of whole numbers from -126 to 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf n);

    static abstract float Sum(TSelf numbers);

    /// <summary>Of numbers; where one is a NaN, any.</summary>
    static abstract float LargestOf(TSelf numbers);
}
