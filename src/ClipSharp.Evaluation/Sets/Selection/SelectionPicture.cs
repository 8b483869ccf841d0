using ClipSharp.Images;

namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>A picture of an item.</summary>
/// <param name="Path">The full path of its file, which is there.</param>
/// <param name="Crop">The part of it that is shown; null = all.</param>
public sealed record SelectionPicture(string Path, PixelBox? Crop = null);
