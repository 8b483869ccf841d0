namespace ClipSharp.ZeroShot;

/// <summary>What a picture is taken for.</summary>
/// <param name="Label">The class's name.</param>
/// <param name="Probability">Softmax over all classes, 0 to 1.</param>
public readonly record struct Prediction(string Label, double Probability);
