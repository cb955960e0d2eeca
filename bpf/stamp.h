/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What headstart-stamp and its kernel program share. The rules of headstart.h apply. */
#ifndef HEADSTART_STAMP_H
#define HEADSTART_STAMP_H

#include "headstart.h"

/* The value of `stamps`: the whole option, as it is sent. */
struct hs_stamp {
	__u8 option[4 + HS_SYN_ID_MAX];
	__u8 length;		/* length of the option, 5..20 */
	__u8 pad[3];
};

/* The index of `stamped`. */
enum hs_stamped {
	HS_STAMPED_SENT = 0,		/* a SYN carried its id */
	HS_STAMPED_NO_ROOM,		/* other options left too little space; the SYN went without */
	HS_STAMPED_GIVEN_UP,		/* two SYNs with the id were not answered; the next went without */
	HS_STAMPEDS,
};

#endif
