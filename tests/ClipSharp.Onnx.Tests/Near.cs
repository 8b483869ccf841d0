using System.Numerics.Tensors;

namespace ClipSharp.Onnx.Tests;

/// <summary>Comparison of numbers with what was expected.</summary>
internal static class Near
{
    /// <summary>|got − want| ≤ share · max |want|.</summary>
    public static void Assert(string name, ReadOnlySpan<float> want, ReadOnlySpan<float> got, double share)
    {
        Xunit.Assert.Equal(want.Length, got.Length);
        var differences = new float[want.Length];
        TensorPrimitives.Subtract(want, got, differences);
        TensorPrimitives.Abs(differences, differences);
        var worst = TensorPrimitives.IndexOfMax(differences); // the first NaN, if any
        var bound = share * Math.Abs(TensorPrimitives.MaxMagnitude(want));
        Xunit.Assert.True(differences[worst] <= bound,
            FormattableString.Invariant($"{name}: {got[worst]} instead of {want[worst]} at {worst}, bound {bound:E2}"));
    }
}
