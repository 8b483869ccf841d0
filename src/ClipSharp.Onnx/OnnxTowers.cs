namespace ClipSharp.Onnx;

/// <summary>Which towers an exported folder gets.</summary>
[Flags]
public enum OnnxTowers
{
    /// <summary>Pictures to vectors.</summary>
    Image = 1,

    /// <summary>Texts to vectors.</summary>
    Text = 2,

    /// <summary>Both.</summary>
    Both = Image | Text,
}
