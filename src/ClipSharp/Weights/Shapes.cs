namespace ClipSharp.Weights;

/// <summary>Shapes as messages show them.</summary>
internal static class Shapes
{
    /// <summary>Such as "[3, 224, 224]"; the first eight sizes.</summary>
    public static string Text(ReadOnlySpan<long> shape) => shape.Length <= 8
        ? $"[{string.Join(", ", shape.ToArray())}]"
        : $"[{string.Join(", ", shape[..8].ToArray())}, ...]";
}
