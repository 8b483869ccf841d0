namespace ClipSharp.ZeroShot;

/// <summary>What a picture is taken for.</summary>
/// <param name="Label">The class's name.</param>
/// <param name="Probability">0 to 1: its share among all classes, or by itself (<see cref="Logits"/>).</param>
public readonly record struct Prediction(string Label, double Probability);
