using ClipSharp.Images;

namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>An item as its file has it, its pictures not yet looked for.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Where">The entry or line, for messages.</param>
/// <param name="Pictures">Names of its pictures.</param>
/// <param name="Captions">Its captions.</param>
/// <param name="CaptionOfPicture">As <see cref="SelectionItem.CaptionOfPicture"/>.</param>
/// <param name="Group">As <see cref="SelectionItem.Group"/>.</param>
/// <param name="Crop">The part of the one picture.</param>
internal sealed record SelectionEntry(string Id, string Where, IReadOnlyList<string> Pictures, IReadOnlyList<string> Captions,
    IReadOnlyList<int> CaptionOfPicture, string Group = "", PixelBox? Crop = null);
