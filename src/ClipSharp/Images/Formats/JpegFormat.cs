using System.Buffers.Binary;
using ClipSharp.Images.Decoding;

namespace ClipSharp.Images.Formats;

/// <summary>JPEG: SOI, marker segments, a frame header (SOFn), scans of entropy-coded data, EOI (ITU T.81, annex B).</summary>
internal sealed class JpegFormat : IPictureFormat
{
    private const byte Soi = 0xD8, Eoi = 0xD9, Sos = 0xDA;

    public bool Matches(ReadOnlySpan<byte> file) => file.Length > 2 && file[0] == 0xFF && file[1] == Soi && file[2] == 0xFF;

    public PictureFault ReadHeader(ReadOnlySpan<byte> file, out PictureHeader header)
    {
        header = default;
        var fault = FindFrame(file, out var frame, out var next);
        if (fault != PictureFault.None)
        {
            return fault;
        }

        var height = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(frame[5..]);
        header = new PictureHeader(width, height, next);
        return width == 0 || height == 0 ? PictureFault.Corrupt : PictureFault.None;
    }

    public PictureMode Mode(ReadOnlySpan<byte> file, out byte[] palette)
    {
        palette = [];
        FindFrame(file, out var frame, out _);
        return frame[7] == 4 ? PictureMode.Cmyk : PictureMode.Rgb;
    }

    // The end mark is wanted: without it the last block cannot be told from a cut one. Pillow wants it too, but for files whose
    // last bits its decoder has loaded before it misses more.
    public PictureFault CheckWhole(ReadOnlySpan<byte> file, PictureHeader header, out int end)
    {
        end = file.Length;
        for (var at = header.Next; TryNextMarker(file, ref at, out var marker);)
        {
            if (marker == Eoi)
            {
                end = at;
                return PictureFault.None;
            }

            if (IsAlone(marker))
            {
                continue;
            }

            if (!TrySegment(file, at, out var segment))
            {
                return PictureFault.Truncated;
            }

            at += segment.Length;
        }

        return PictureFault.Truncated;
    }

    /// <summary>Whether a decoder puts scans together before it makes pixels: a progressive JPEG, or one whose first scan lacks a
    /// component.</summary>
    public static bool HasSeveralScans(ReadOnlySpan<byte> file)
    {
        if (FindFrame(file, out var frame, out var next) != PictureFault.None)
        {
            return true;
        }

        var isProgressive = (file[next - frame.Length - 1] & 3) == 2; // SOF2, 6, 10 and 14
        for (var at = next; !isProgressive && TryNextMarker(file, ref at, out var marker);)
        {
            if (IsAlone(marker))
            {
                continue;
            }

            if (marker == Sos || !TrySegment(file, at, out var segment))
            {
                return file.Length - at < 3 || file[at + 2] < frame[7];
            }

            at += segment.Length;
        }

        return true;
    }

    // The frame header: length, precision, height, width, number of components.
    private static PictureFault FindFrame(ReadOnlySpan<byte> file, out ReadOnlySpan<byte> frame, out int next)
    {
        frame = default;
        next = 0;
        for (var at = 2; TryNextMarker(file, ref at, out var marker);)
        {
            if (marker is Eoi or Sos)
            {
                return PictureFault.Corrupt;
            }

            if (IsAlone(marker))
            {
                continue;
            }

            if (!TrySegment(file, at, out var segment))
            {
                return PictureFault.Truncated;
            }

            at += segment.Length;
            if (IsFrameHeader(marker))
            {
                frame = segment;
                next = at;
                return segment.Length < 8 ? PictureFault.Corrupt : PictureFault.None;
            }
        }

        return PictureFault.Truncated;
    }

    // Skips to the next marker: fill bytes, stray bytes as libjpeg does, and the entropy-coded data, where FF 00 is a byte FF.
    private static bool TryNextMarker(ReadOnlySpan<byte> file, ref int at, out byte marker)
    {
        while (at < file.Length)
        {
            var found = file[at..].IndexOf((byte)0xFF);
            if (found < 0)
            {
                break;
            }

            at += found;
            while (at < file.Length && file[at] == 0xFF)
            {
                at++;
            }

            if (at < file.Length && file[at++] is not 0 and var value)
            {
                marker = value;
                return true;
            }
        }

        marker = 0;
        return false;
    }

    // The segment with its two bytes of length.
    private static bool TrySegment(ReadOnlySpan<byte> file, int at, out ReadOnlySpan<byte> segment)
    {
        segment = default;
        if (file.Length - at < 2)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
        if (length < 2 || length > file.Length - at)
        {
            return false;
        }

        segment = file.Slice(at, length);
        return true;
    }

    // TEM, restart markers, a second SOI: no length follows.
    private static bool IsAlone(byte marker) => marker is 0x01 or (>= 0xD0 and <= 0xD7) or Soi;

    // SOF0 to SOF15 without DHT, JPG and DAC.
    private static bool IsFrameHeader(byte marker) => marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;
}
