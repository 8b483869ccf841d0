namespace ClipSharp.Hub.Transfer;

/// <summary>How far a pull is.</summary>
/// <param name="File">The file in work.</param>
/// <param name="DoneBytes">Bytes received.</param>
/// <param name="TotalBytes">Bytes that were missing when it began.</param>
/// <param name="IsWaiting">True while another process fetches this file.</param>
public readonly record struct HubProgress(string File, long DoneBytes, long TotalBytes, bool IsWaiting = false);
