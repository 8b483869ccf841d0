namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>Pictures and captions among which a model chooses.</summary>
/// <param name="Id">The item's name in its file.</param>
/// <param name="Pictures">P pictures: one, or two in Winoground.</param>
/// <param name="Captions">K captions: two, or as many as there are choices.</param>
/// <param name="CaptionOfPicture">P places: the caption of picture p is <c>Captions[CaptionOfPicture[p]]</c>. A caption that is
/// nobody's is a wrong one.</param>
/// <param name="Group">What a mean over groups goes by, such as a relation of ARO; "" = none.</param>
public sealed record SelectionItem(string Id, IReadOnlyList<SelectionPicture> Pictures, IReadOnlyList<string> Captions,
    IReadOnlyList<int> CaptionOfPicture, string Group);
