namespace ClipSharp.Evaluation.Sets.Selection;

/// <summary>Pictures and captions among which a model chooses.</summary>
/// <param name="Id">The item's name in its file.</param>
/// <param name="Pictures">P pictures: one, two in Winoground, 5 to 12 in WinoGAViL.</param>
/// <param name="Captions">K captions: two, or as many as there are choices; one in WinoGAViL.</param>
/// <param name="CaptionOfPicture">P places: the caption of picture p is <c>Captions[CaptionOfPicture[p]]</c>; −1 where it has
/// none. A caption that is nobody's is a wrong one.</param>
/// <param name="Group">What a mean over groups goes by, such as a relation of ARO; "" = none.</param>
public sealed record SelectionItem(string Id, IReadOnlyList<SelectionPicture> Pictures, IReadOnlyList<string> Captions,
    IReadOnlyList<int> CaptionOfPicture, string Group);
