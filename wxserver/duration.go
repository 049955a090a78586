package wxserver

import (
	"encoding/binary"
	"io"
	"math"
)

// maxBoxes bounds how many boxes of an MP4 file are looked at.
const maxBoxes = 200

// mp4Length returns how many milliseconds an MP4 file lasts, 0 if that cannot be
// found: the movie header says so. It skips everything else.
func mp4Length(r io.ReadSeeker, size int64) (int, error) {
	at, end := int64(0), size
	head := make([]byte, 16)
	for range maxBoxes {
		if end-at < 8 {
			return 0, nil
		}
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return 0, err
		}
		n, err := io.ReadFull(r, head)
		if err != nil && n < 8 {
			return 0, unlessShort(err)
		}
		length, header := int64(binary.BigEndian.Uint32(head)), int64(8)
		if length == 1 && n == 16 { // a 64-bit length follows
			length, header = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if length == 0 {
			length = end - at
		}
		if length < header || length > end-at {
			return 0, nil
		}
		switch string(head[4:8]) {
		case "moov":
			at, end = at+header, at+length
			continue
		case "mvhd":
			return movieHeader(r, at+header)
		}
		at += length
	}
	return 0, nil
}

func movieHeader(r io.ReadSeeker, at int64) (int, error) {
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	b := make([]byte, 32)
	if _, err := io.ReadFull(r, b); err != nil {
		return 0, unlessShort(err)
	}
	scale, length := uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
	if b[0] == 1 {
		scale, length = uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:])
	}
	if scale == 0 {
		return 0, nil
	}
	return millis(float64(length) / float64(scale)), nil
}

// millis is a length that clients can hold.
func millis(seconds float64) int {
	if seconds <= 0 || seconds > math.MaxInt32/1000 {
		return 0
	}
	return int(math.Ceil(seconds * 1000))
}

func unlessShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// Kilobits a second of layer III: MPEG 1, and the later ones.
var mp3Rates = [2][16]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
}

// mp3Length guesses how many milliseconds an MP3 file lasts from the rate of its
// first frame.
func mp3Length(r io.ReadSeeker, size int64) (int, error) {
	head := make([]byte, 10)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, unlessShort(err)
	}
	at := int64(0)
	if string(head[:3]) == "ID3" {
		at = 10 + int64(head[6]&0x7f)<<21 + int64(head[7]&0x7f)<<14 + int64(head[8]&0x7f)<<7 + int64(head[9]&0x7f)
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(r, head[:4]); err != nil {
			return 0, unlessShort(err)
		}
	}
	if head[0] != 0xff || head[1]&0xe6 != 0xe2 || at > size {
		return 0, nil
	}
	later := 1
	if head[1]&0x18 == 0x18 {
		later = 0
	}
	rate := mp3Rates[later][head[2]>>4]
	if rate == 0 {
		return 0, nil
	}
	return millis(float64(size-at) * 8 / float64(rate*1000)), nil
}
